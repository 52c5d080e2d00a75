// Promises stay held: each row of the tables in docs/guarantees.md, docs/security.md and of the table of failures in docs/operations.md names
// tests that exist, or says that it comes later.

const DOCUMENTS = ["docs/guarantees.md", "docs/operations.md", "docs/security.md"];
const TABLES = /<!-- held:begin -->([\s\S]*?)<!-- held:end -->/g;
const NAMED = /`([^`]+)`/g;
const RUST_NAME = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)+$/;
const TITLE = /^"(.+)"$/;
const MAKE = /^make ([a-z0-9-]+)$/;

/** Cells of a row; a `|` inside a cell is written `\|`. */
function cells(line) {
  return line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim());
}

function rows(text) {
  // The first two lines of a table are its head.
  return [...text.matchAll(TABLES)].flatMap(([, table]) =>
    table.trim().split("\n").filter((line) => line.startsWith("|")).slice(2).map(cells),
  );
}

/** Tests by language, as text to look names up in. */
function sources({ files }) {
  const of = (pattern) => [...files].filter(([path]) => pattern.test(path)).map(([, content]) => content).join("\n");
  return { rust: of(/\.rs$/), typescript: of(/\.(test|spec)\.ts$/), make: files.get("Makefile") ?? "" };
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Why a name is not that of a test; `null` if it is. */
function missing(name, { rust, typescript, make }) {
  if (RUST_NAME.test(name)) return new RegExp(`\\bfn ${name}\\b`).test(rust) ? null : "no Rust test has that name";
  const [, title] = TITLE.exec(name) ?? [];
  if (title !== undefined) {
    const found = new RegExp(`\\b(?:it|test)\\(\\s*["'\`](?:\\$\\{[^}]*\\}:? ?)?${escaped(title)}["'\`]`).test(typescript);
    return found ? null : "no TypeScript test has that title";
  }
  const [, target] = MAKE.exec(name) ?? [];
  if (target !== undefined) return new RegExp(`^${target}:`, "m").test(make) ? null : "the Makefile has no such task";
  return 'neither a Rust name, a "title" nor a make task';
}

/** @param {import("./project.mjs").Project} project @returns {{name: string, findings: string[]}[]} */
export function checkGuarantees(project) {
  const tests = sources(project);
  return [{ name: "promises are held by tests that exist", findings: DOCUMENTS.flatMap((document) => check(document, project.files, tests)) }];
}

function check(document, files, tests) {
  const all = rows(files.get(document) ?? "");
  const findings = all.length === 0 ? [`${document}: has no table between the held markers`] : [];
  for (const row of all) {
    const held = row.at(-1) ?? "";
    const names = [...held.matchAll(NAMED)].map(([, name]) => name);
    if (names.length === 0 && !held.startsWith("later:")) findings.push(`${document}: no test holds "${row[0]}"`);
    for (const name of names) {
      const why = missing(name, tests);
      if (why !== null) findings.push(`${document}: "${row[0]}" is said to be held by ${name}: ${why}`);
    }
  }
  return findings;
}
