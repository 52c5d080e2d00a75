// Adds up the JavaScript that the first route loads before it shows live data, as it travels: packed.
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const LIMIT_BYTES = 200 * 1024;
const dist = new URL("../dist/", import.meta.url);

const manifest = JSON.parse(await readFile(new URL("manifest.json", dist), "utf8"));
const files = new Set(["theme.js"]);

function visit(key) {
  const chunk = manifest[key];
  if (!chunk || files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const imported of chunk.imports ?? []) visit(imported);
}

// The dashboard page is part of the entry; whatever it loads only on demand does not count.
visit("index.html");

let total = 0;
for (const file of files) {
  if (!file.endsWith(".js")) continue;
  const bytes = gzipSync(await readFile(new URL(file, dist)), { level: 9 }).length;
  total += bytes;
  process.stdout.write(`${String(bytes).padStart(8)}  ${file}\n`);
}
process.stdout.write(`${String(total).padStart(8)}  first route, of at most ${LIMIT_BYTES}\n`);
if (total > LIMIT_BYTES) {
  process.stderr.write("The first route loads too much JavaScript: load more of it on demand.\n");
  process.exitCode = 1;
}
