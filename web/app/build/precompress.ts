import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const pack = promisify(gzip);
const PACKABLE = /\.(js|css|html|svg|json|txt|webmanifest)$/;
/** Below this the packed form saves no packet. */
const LEAST_BYTES = 512;

/** Writes a `.gz` beside each file that shrinks, so that the server never packs anything itself. */
export function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    async writeBundle({ dir }, bundle) {
      if (!dir) return;
      const names = [...new Set([...Object.keys(bundle), "index.html", "theme.js", "icon.svg"])];
      await Promise.all(names.filter((name) => PACKABLE.test(name)).map((name) => packed(join(dir, name))));
    },
  };
}

async function packed(path: string): Promise<void> {
  const plain = await readFile(path);
  if (plain.length < LEAST_BYTES) return;
  await writeFile(`${path}.gz`, await pack(plain, { level: constants.Z_BEST_COMPRESSION }));
}
