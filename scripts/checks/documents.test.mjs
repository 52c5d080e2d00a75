import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDocuments } from "./documents.mjs";
import { checkLengths } from "./lengths.mjs";

function findings(files) {
  const all = { "ARCHITECTURE.md": "<!-- invariants:begin -->\n<!-- invariants:end -->", ...files };
  const exists = (path) => Object.keys(all).some((file) => file === path || file.startsWith(`${path}/`));
  return checkDocuments({ files: new Map(Object.entries(all)), exists, crates: [] }).flatMap((check) => check.findings);
}

test("links and named files that exist pass, and code blocks are not read", () => {
  const readme = "[protocol](docs/protocol.md#the-frames) `docs/protocol.md` `docs/decisions`\n```sh\ncat [x](y.md)\n```\n[out](https://example.org)";
  assert.deepEqual(findings({ "README.md": readme, "docs/protocol.md": "# The *Frames*", "docs/decisions/0001.md": "" }), []);
});

test("a link to a missing file is found", () => {
  assert.match(findings({ "docs/a.md": "[b](../b.md)" }).join(), /link to \.\.\/b\.md/);
});

test("a link to a missing heading is found", () => {
  assert.match(findings({ "docs/a.md": "# One\n[two](#two)" }).join(), /heading that does not exist/);
});

test("a named file that is missing is found", () => {
  assert.match(findings({ "CONTRIBUTING.md": "see `scripts/gone.sh`" }).join(), /names scripts\/gone\.sh/);
});

test("a test named for an invariant must exist", () => {
  const table = (name) => `<!-- invariants:begin -->\n| INV-1 | \`${name}\` |\n<!-- invariants:end -->`;
  const source = { "crates/log/src/a.rs": "fn offsets_are_dense() {}" };
  assert.deepEqual(findings({ "ARCHITECTURE.md": table("offsets_are_dense"), ...source }), []);
  assert.match(findings({ "ARCHITECTURE.md": table("offsets_are_sparse"), ...source }).join(), /no such test/);
});

test("a long file needs a reason, generated ones do not", () => {
  const long = "x\n".repeat(601);
  const found = (files) => checkLengths({ files: new Map(Object.entries(files)) }).flatMap((check) => check.findings);
  assert.equal(found({ "crates/a/src/a.rs": long }).length, 1);
  assert.deepEqual(found({ "crates/a/src/a.rs": `// Long because a table is one thing.\n${long}` }), []);
  assert.deepEqual(found({ "web/client/src/generated/wire.ts": long, "crates/a/src/b.rs": "x\n".repeat(600) }), []);
});
