import assert from "node:assert/strict";
import { test } from "node:test";
import { checkGuarantees } from "./guarantees.mjs";

const others = {
  "crates/log/src/a.rs": "fn offsets_are_dense() {}",
  "web/client/src/a.test.ts": 'it("keeps its cells", () => {});\ntest(\n  "comes back",\n);\nit(`${name}: is exact, bit for bit`, () => {});',
  Makefile: "torture: build ## Torment\n",
};

function found(...rows) {
  const table = `<!-- held:begin -->\n| promise | held by |\n|---|---|\n${rows.join("\n")}\n<!-- held:end -->`;
  const files = new Map(Object.entries({ ...others, "docs/guarantees.md": table, "docs/operations.md": table, "docs/security.md": table }));
  return checkGuarantees({ files, exists: () => true, crates: [] }).flatMap(({ findings }) => findings);
}

test("the table of failures is held in the same way", () => {
  assert.match(found("| a | |").join(), /operations\.md: no test holds "a"/);
  assert.match(found("| a | not tested yet |").join(), /operations\.md: no test holds "a"/);
});

test("promises held by tests of either language, by a task, or later pass", () => {
  const rows = ['| a | `offsets_are_dense`, `"keeps its cells"` |', '| b | `"comes back"`, `make torture` |', "| c | later: with many machines |"];
  assert.deepEqual(found(...rows), []);
  assert.deepEqual(found('| a | `"is exact, bit for bit"` |'), []);
});

for (const [what, row, expected] of [
  ["held by nothing", "| a | |", /no test holds "a"/],
  ["whose Rust test is gone", "| a | `offsets_are_sparse` |", /no Rust test/],
  ["whose Rust test has only a longer name", "| a | `offsets_are` |", /no Rust test/],
  ["whose TypeScript test is gone", '| a | `"keeps its"` |', /no TypeScript test/],
  ["whose task is gone", "| a | `make calm` |", /no such task/],
  ["held by something else", "| a | `faith` |", /neither/],
]) {
  test(`a promise ${what} is found`, () => {
    assert.match(found(row).join(), expected);
  });
}

test("a document without the tables is an error, not a pass", () => {
  const files = new Map([["docs/guarantees.md", "nothing"]]);
  const findings = checkGuarantees({ files, exists: () => true, crates: [] })[0].findings;
  assert.match(findings.join(), /guarantees\.md: has no table[\s\S]*operations\.md: has no table/);
});
