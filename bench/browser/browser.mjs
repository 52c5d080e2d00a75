import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

export const VIEWPORT = { width: 1440, height: 900 };

/** @returns {Promise<import("playwright-core").Browser>} the browser that the tests use as well */
export async function launchBrowser() {
  /** @type {{ executablePath: string, args: string[] }} */
  const options = JSON.parse(await readFile(new URL("../../web/e2e/chromium.json", import.meta.url), "utf8"));
  return await chromium.launch({
    ...options,
    executablePath: process.env.TIDEBOARD_CHROMIUM ?? options.executablePath,
  });
}

/**
 * @param {import("playwright-core").Browser} browser
 * @returns {Promise<import("playwright-core").BrowserContext>}
 */
export async function newContext(browser) {
  return await browser.newContext({ viewport: VIEWPORT, colorScheme: "dark", locale: "en-GB", timezoneId: "UTC" });
}

/** @type {Readonly<Record<string, string>>} */
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};

/**
 * Lets pages load the web app from a folder, whatever the server has embedded. What is not a file of it goes to the
 * server if it is the interface's, and is the app's page otherwise.
 *
 * @param {import("playwright-core").BrowserContext} context
 * @param {string} url of the server
 * @param {string} folder
 */
export async function serveAppFrom(context, url, folder) {
  // To the browser these pages come from nowhere, and such a page needs leave to open a WebSocket to this machine.
  await context.grantPermissions(["local-network-access"], { origin: url });
  await context.route(
    (address) => address.origin === new URL(url).origin && !/^\/(api|socket\.io)\//.test(address.pathname),
    async (route) => {
      const { pathname } = new URL(route.request().url());
      const name = extname(pathname) === "" ? "index.html" : normalize(pathname);
      const body = await readFile(join(folder, name)).catch(() => null);
      if (body === null) await route.fulfill({ status: 404 });
      else await route.fulfill({ body, contentType: TYPES[extname(name)] ?? "application/octet-stream" });
    },
  );
}
