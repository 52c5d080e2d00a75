// Borders between rooms: what a crate or web package imports, and which names its sources must not mention.
import { parseRooms } from "./rooms.mjs";

const RUST_COMMENT = /\/\/[^\n]*/g;
const SCRIPT_COMMENT = /\/\*[\s\S]*?\*\/|(^|\s)\/\/[^\n]*/g;
const SCRIPT_IMPORT = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)["']([^"'\n]+)["']/g;
const SCRIPT = /\.(ts|tsx|mts|mjs|js)$/;

const isIn = (path, folder) => path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
const allows = (room, ban, path) => ban.outside !== undefined && isIn(path, `${room.folder}/${ban.outside}`);

function mentions(text, name) {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<![\\w-])${escaped}(?![\\w-])`).test(text);
}

function crateDependencies(room, crate, crates, rooms) {
  const findings = [];
  for (const { name, kind } of crate.dependencies) {
    const target = crates.find((other) => other.name === name)?.folder;
    const banned = room.bans.some((ban) => ban.name.replaceAll("_", "-") === name.replaceAll("_", "-"));
    if (banned && kind !== "dev") findings.push(`${crate.folder}/Cargo.toml: must not depend on ${name}`);
    if (target === undefined) continue;
    if (kind === "dev") {
      if (target === "crates/server") findings.push(`${crate.folder}/Cargo.toml: nobody imports crates/server`);
    } else if (!room.mayImport.has(target)) {
      findings.push(`${crate.folder}/Cargo.toml: may not import ${target}`);
    } else if (rooms.get(target)?.devOnly && !room.devOnly) {
      findings.push(`${crate.folder}/Cargo.toml: ${target} may only be a dev-dependency`);
    }
  }
  return findings;
}

function crateSources(room, files) {
  const findings = [];
  for (const [path, content] of files) {
    if (!isIn(path, `${room.folder}/src`) || !path.endsWith(".rs")) continue;
    const code = content.replace(RUST_COMMENT, "");
    for (const ban of room.bans) {
      if (!allows(room, ban, path) && mentions(code, ban.name)) findings.push(`${path}: must not know ${ban.name}`);
    }
  }
  return findings;
}

/** The package of an import, without the path inside it: `@a/b/c` is of `@a/b`. */
function packageOf(specifier) {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function resolve(path, specifier) {
  const parts = path.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function scriptImports(room, files, roomOfPackage) {
  const findings = [];
  for (const [path, content] of files) {
    if (!isIn(path, room.folder) || !SCRIPT.test(path)) continue;
    for (const [, specifier] of content.replace(SCRIPT_COMMENT, "$1").matchAll(SCRIPT_IMPORT)) {
      if (specifier.startsWith(".")) {
        const target = resolve(path, specifier);
        if (target.startsWith("web/") && !isIn(target, room.folder)) findings.push(`${path}: reaches out of its room: ${specifier}`);
        continue;
      }
      const imported = packageOf(specifier);
      const target = roomOfPackage.get(imported);
      if (target !== undefined && target !== room.folder && !room.mayImport.has(target)) findings.push(`${path}: may not import ${target}`);
      const ban = room.bans.find(({ name }) => name === imported);
      if (ban && !allows(room, ban, path)) findings.push(`${path}: must not know ${ban.name}`);
    }
  }
  return findings;
}

function manifestImports(room, manifest, roomOfPackage) {
  const findings = [];
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    const target = roomOfPackage.get(name);
    if (target !== undefined && !room.mayImport.has(target)) findings.push(`${room.folder}/package.json: may not import ${target}`);
    const ban = room.bans.find((one) => one.name === name);
    if (ban && ban.outside === undefined) findings.push(`${room.folder}/package.json: must not depend on ${name}`);
  }
  return findings;
}

/** @param {import("./project.mjs").Project} project @returns {{name: string, findings: string[]}[]} */
export function checkBorders({ files, crates }) {
  const rooms = parseRooms(files.get("ARCHITECTURE.md") ?? "");
  const manifests = new Map();
  for (const [path, content] of files) {
    const folder = /^(web\/[^/]+)\/package\.json$/.exec(path)?.[1];
    if (folder) manifests.set(folder, JSON.parse(content));
  }
  const roomOfPackage = new Map([...manifests].map(([folder, { name }]) => [name, folder]));

  const present = [...crates.map(({ folder }) => folder), ...manifests.keys()];
  const checks = [
    {
      name: "every room has a row in ARCHITECTURE.md",
      findings: present.filter((folder) => !rooms.has(folder)).map((folder) => `${folder}: has no row between the rooms markers`),
    },
  ];
  for (const crate of crates) {
    const room = rooms.get(crate.folder);
    if (!room) continue;
    checks.push({
      name: `${room.folder} keeps its borders`,
      findings: [...crateDependencies(room, crate, crates, rooms), ...crateSources(room, files)],
    });
  }
  for (const [folder, manifest] of manifests) {
    const room = rooms.get(folder);
    if (!room) continue;
    checks.push({
      name: `${folder} keeps its borders`,
      findings: [...manifestImports(room, manifest, roomOfPackage), ...scriptImports(room, files, roomOfPackage)],
    });
  }
  return checks;
}
