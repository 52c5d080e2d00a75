import assert from "node:assert/strict";
import { test } from "node:test";
import { countCargo, countNode, countPlaywright, countSum, countVitest, settle, sum } from "./count.mjs";

test("cargo's results are summed over all test binaries", () => {
  const text = [
    "running 3 tests",
    "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
    "test result: FAILED. 1 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
  ].join("\n");
  assert.deepEqual(countCargo(text), { passed: 4, failed: 2 });
});

test("node's summary is read in both reporters' spelling", () => {
  assert.deepEqual(countNode("# pass 5\n# fail 1\n# cancelled 1\n"), { passed: 5, failed: 2 });
  assert.deepEqual(countNode("ℹ pass 5\nℹ fail 0\nℹ cancelled 0\n"), { passed: 5, failed: 0 });
});

test("a Vitest file that does not load is a failure", () => {
  const report = {
    numPassedTests: 2,
    numFailedTests: 1,
    testResults: [
      { status: "failed", assertionResults: [{ status: "failed" }] },
      { status: "failed", assertionResults: [] },
    ],
  };
  assert.deepEqual(countVitest(report), { passed: 2, failed: 2 });
});

test("a flaky journey is a failure", () => {
  assert.deepEqual(countPlaywright({ stats: { expected: 4, unexpected: 1, flaky: 1, skipped: 2 } }), { passed: 4, failed: 2 });
});

test("a sum is read from the last line alone", () => {
  assert.deepEqual(countSum("ok  fold\n3 passed, 9 failed\nFAILED  flush\n6 passed, 1 failed\n"), { passed: 6, failed: 1 });
  assert.deepEqual(countSum("6 passed, 1 failed\nError: valgrind\n"), { passed: 0, failed: 0 });
});

test("a runner that fails without a failed test, or runs nothing, counts as one failure", () => {
  assert.deepEqual(settle({ passed: 3, failed: 0 }, 101), { passed: 3, failed: 1 });
  assert.deepEqual(settle({ passed: 0, failed: 0 }, 0), { passed: 0, failed: 1 });
  assert.deepEqual(settle({ passed: 3, failed: 2 }, 1), { passed: 3, failed: 2 });
  assert.deepEqual(settle({ passed: 3, failed: 0 }, 0), { passed: 3, failed: 0 });
});

test("counts add up", () => {
  assert.deepEqual(sum([{ passed: 1, failed: 2 }, { passed: 3, failed: 4 }]), { passed: 4, failed: 6 });
});
