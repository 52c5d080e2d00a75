// A copy of what the suites need, kept between runs: only what differs is written, so that only that is built again.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Files and folders of the project that the suites build or read. */
const NEEDED = ["Cargo.toml", "Cargo.lock", "clippy.toml", "package.json", "tsconfig.base.json", "crates", "fixtures", "web/client", "web/app"];
const LEFT_OUT = new Set(["node_modules", "dist", "target"]);

function filesUnder(root, path, found = []) {
  const full = join(root, path);
  if (!existsSync(full)) return found;
  if (statSync(full).isFile()) found.push(path);
  else {
    for (const { name } of readdirSync(full, { withFileTypes: true }).filter((entry) => !LEFT_OUT.has(entry.name))) {
      filesUnder(root, join(path, name), found);
    }
  }
  return found;
}

function writeIfOther(file, content) {
  if (existsSync(file) && readFileSync(file).equals(content)) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** Makes the copy say what the project says, whatever was changed in it. */
export function mirror(project, copy) {
  const wanted = new Set(NEEDED.flatMap((path) => filesUnder(project, path)));
  for (const path of NEEDED.flatMap((needed) => filesUnder(copy, needed))) {
    // A test may have kept a failing seed: the next defect is not to be caught by it.
    if (!wanted.has(path)) rmSync(join(copy, path));
  }
  for (const path of wanted) writeIfOther(join(copy, path), readFileSync(join(project, path)));
  if (!existsSync(join(copy, "node_modules"))) symlinkSync(join(project, "node_modules"), join(copy, "node_modules"));
}

/** Replaces the one place where `find` stands in a file's text; `null` if there is none, or more than one. */
export function seeded(text, { find, replace }) {
  const parts = text.split(find);
  return parts.length === 2 ? parts.join(replace) : null;
}

/** Seeds a defect in the copy; false if its text is not there exactly once. */
export function seed(copy, defect) {
  const file = join(copy, defect.file);
  const changed = existsSync(file) ? seeded(readFileSync(file, "utf8"), defect) : null;
  if (changed !== null) writeFileSync(file, changed);
  return changed !== null;
}
