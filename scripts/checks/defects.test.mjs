import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDefects } from "./defects.mjs";

const project = { files: new Map([["crates/a/src/a.rs", "one two one"]]), exists: () => true, crates: [] };
const defect = { name: "d", file: "crates/a/src/a.rs", suite: "live", find: "two", replace: "three" };
const found = (...defects) => checkDefects(project, defects).flatMap(({ findings }) => findings);

test("a defect whose text stands exactly once passes", () => {
  assert.deepEqual(found(defect), []);
});

for (const [what, change, expected] of [
  ["text that is gone", { find: "four" }, /exactly once/],
  ["text that stands twice", { find: "one" }, /exactly once/],
  ["a file that is gone", { file: "crates/a/src/b.rs" }, /there is no crates/],
  ["a suite that is none", { suite: "cloud" }, /no suite cloud/],
  ["a change that is none", { replace: "two" }, /changes nothing/],
]) {
  test(`a defect with ${what} is found`, () => {
    assert.match(found({ ...defect, ...change }).join(), expected);
  });
}

test("two defects of one name are found", () => {
  assert.match(found(defect, defect).join(), /two defects/);
});
