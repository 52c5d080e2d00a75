// Documents that stay true: links lead somewhere, files named in the text exist, and the tests that are said to hold
// an invariant are there.

const DOCUMENT = /^(README|ARCHITECTURE|CONTRIBUTING|SECURITY|CHANGELOG)\.md$|^(docs|examples|web|crates|bench)\/.*\.md$/;
const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;
const NAMED_FILE = /`((?:crates|web|docs|scripts|fixtures|examples|bench|deploy)\/[\w./-]+)`/g;
const FENCE = /^```[\s\S]*?^```/gm;
const INVARIANTS = /<!-- invariants:begin -->([\s\S]*?)<!-- invariants:end -->/;
const TEST_NAME = /`([a-z][a-z0-9]*(?:_[a-z0-9]+)+)`/g;

/** The anchor that GitHub gives a heading. */
function anchorOf(heading) {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replace(/\s/g, "-");
}

function anchorsOf(text) {
  return new Set([...text.replace(FENCE, "").matchAll(/^#{1,6} (.*)$/gm)].map(([, heading]) => anchorOf(heading)));
}

function resolve(from, target) {
  const parts = from.split("/").slice(0, -1);
  for (const part of target.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

function brokenLinks(path, text, { files, exists }) {
  const findings = [];
  for (const [, link] of text.replace(FENCE, "").matchAll(LINK)) {
    if (/^[a-z]+:/.test(link)) continue;
    const [target, anchor] = link.split("#");
    const file = target === "" ? path : resolve(path, decodeURIComponent(target));
    if (!exists(file)) findings.push(`${path}: link to ${link}, which does not exist`);
    else if (anchor && files.has(file) && !anchorsOf(files.get(file)).has(anchor)) findings.push(`${path}: link to ${link}, a heading that does not exist`);
  }
  return findings;
}

function missingFiles(path, text, { exists }) {
  return [...text.replace(FENCE, "").matchAll(NAMED_FILE)]
    .map(([, named]) => named)
    // What the build makes is named but not kept.
    .filter((named) => !/(^|\/)(dist|target|test-results|results)(\/|$)/.test(named) && !exists(named))
    .map((named) => `${path}: names ${named}, which does not exist`);
}

function missingTests({ files }) {
  const table = INVARIANTS.exec(files.get("ARCHITECTURE.md") ?? "")?.[1];
  if (table === undefined) return ["ARCHITECTURE.md: has no table between the invariants markers"];
  const sources = [...files].filter(([path]) => path.endsWith(".rs")).map(([, content]) => content).join("\n");
  return [...table.matchAll(TEST_NAME)]
    .map(([, name]) => name)
    .filter((name) => !new RegExp(`\\bfn ${name}\\b`).test(sources))
    .map((name) => `ARCHITECTURE.md: says that the test ${name} holds an invariant, but there is no such test`);
}

/** @param {import("./project.mjs").Project} project @returns {{name: string, findings: string[]}[]} */
export function checkDocuments(project) {
  const documents = [...project.files].filter(([path]) => DOCUMENT.test(path));
  return [
    { name: "links in documents lead somewhere", findings: documents.flatMap(([path, text]) => brokenLinks(path, text, project)) },
    { name: "files named in documents exist", findings: documents.flatMap(([path, text]) => missingFiles(path, text, project)) },
    { name: "tests named for invariants exist", findings: missingTests(project) },
  ];
}
