// What the checks look at: the files of the project and the crates as Cargo sees them.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const NOT_OURS = new Set([".git", "node_modules", "target", "dist", "data", "test-results", "playwright-report", "results"]);
const TEXT = /\.(rs|ts|tsx|mts|mjs|js|css|sh|md|json|toml|html|cfg|conf|ya?ml|service|acl|txt|dockerignore)$|(^|\/)(Makefile|LICENSE|run|Containerfile)$/;

/**
 * @typedef {object} Crate
 * @property {string} name
 * @property {string} folder such as `crates/model`
 * @property {{name: string, kind: "normal" | "dev" | "build"}[]} dependencies
 *
 * @typedef {object} Project
 * @property {Map<string, string>} files path from the root to content, every text file of ours
 * @property {(path: string) => boolean} exists any file or folder
 * @property {Crate[]} crates
 */

function walk(root, folder, found) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (NOT_OURS.has(entry.name)) continue;
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) walk(root, path, found);
    else if (entry.isFile() && TEXT.test(path)) found.set(path, readFileSync(join(root, path), "utf8"));
  }
  return found;
}

/** @param {string} root @returns {Project} */
export function readProject(root) {
  const arguments_ = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
  const metadata = JSON.parse(execFileSync("cargo", arguments_, { cwd: root, maxBuffer: 1 << 26 }).toString());
  const crates = metadata.packages.map((crate) => ({
    name: crate.name,
    folder: `crates/${crate.manifest_path.split("/").at(-2)}`,
    dependencies: crate.dependencies.map(({ name, kind }) => ({ name, kind: kind ?? "normal" })),
  }));
  return { files: walk(root, "", new Map()), exists: (path) => existsSync(join(root, path)), crates };
}
