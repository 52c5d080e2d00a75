import assert from "node:assert/strict";
import { test } from "node:test";
import { allowed, compare, unknown } from "./verdict.mjs";

const recorded = { instructions: 1_000_000, checksum: "aa" };
const tools = { rustc: "1", libc: "2", valgrind: "3", processor: "x64" };

for (const [what, instructions, share, passed, text] of [
  ["as on record", 1_000_000, 0.05, true, /^1,000,000 \(\+0\.0 %\)$/],
  ["just within", 1_050_000, 0.05, true, /^1,050,000 \(\+5\.0 %\)$/],
  ["above", 1_050_001, 0.05, false, /more than 5 % above 1,000,000/],
  ["above, but recorded with other tools", 1_150_000, 0.15, true, /^1,150,000 \(\+15\.0 %\)$/],
  ["below", 949_999, 0.05, true, /−5\.0 %.*keep what was won, node .* --record/],
  ["far above, but recorded elsewhere", 9_000_000, Number.POSITIVE_INFINITY, true, /^9,000,000/],
]) {
  test(`a count ${what} ${passed ? "passes" : "fails"}`, () => {
    const verdict = compare(recorded, { instructions, checksum: "aa" }, share);
    assert.equal(verdict.passed, passed);
    assert.match(verdict.text, text);
  });
}

test("another outcome fails, whatever it takes", () => {
  const verdict = compare(recorded, { instructions: 1_000_000, checksum: "bb" }, Number.POSITIVE_INFINITY);
  assert.equal(verdict.passed, false);
  assert.match(verdict.text, /comes to bb instead of aa/);
});

test("a scenario that is not on record fails, and so does a record without scenario", () => {
  assert.equal(compare(undefined, recorded, 0.05).passed, false);
  assert.deepEqual(unknown({ fold: recorded, gone: recorded }, ["fold"]).map(({ name, passed }) => [name, passed]), [["gone", false]]);
});

test("other tools widen what passes, another kind of processor leaves only the outcome", () => {
  assert.deepEqual(allowed(tools, tools), { share: 0.05, why: null });
  const compiler = allowed(tools, { ...tools, rustc: "9" });
  assert.equal(compiler.share, 0.15);
  assert.match(compiler.why, /rustc is 9, not 1/);
  assert.equal(allowed(tools, { ...tools, processor: "arm64" }).share, Number.POSITIVE_INFINITY);
});
