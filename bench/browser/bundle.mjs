import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "vite";

const PAGES = join(import.meta.dirname, "pages");

/**
 * Builds the rivals' pages as their users would ship them: only the parts that are used, made small.
 *
 * @param {readonly string[]} names of files in `pages`, without their ending
 * @returns {Promise<Map<string, { body: string, type: string }>>} path → page or script
 */
export async function bundlePages(names) {
  const html = await readFile(join(PAGES, "page.html"), "utf8");
  const pages = new Map();
  for (const name of names) {
    pages.set(`/${name}/`, { body: html, type: "text/html; charset=utf-8" });
    pages.set(`/${name}/page.js`, { body: await bundled(name), type: "text/javascript; charset=utf-8" });
  }
  return pages;
}

/** @param {string} name */
async function bundled(name) {
  const outcome = await build({
    configFile: false,
    logLevel: "error",
    root: PAGES,
    build: {
      target: "es2022",
      write: false,
      modulePreload: { polyfill: false },
      rolldownOptions: { input: join(PAGES, `${name}.mjs`) },
    },
  });
  const [made] = [outcome].flat();
  if (!made || !("output" in made)) throw new Error(`no bundle was made of ${name}`);
  return made.output[0].code;
}
