// How many tests passed and failed, read from what each runner says. A runner that fails without a failed test
// (it did not compile, it crashed), or that ran nothing, counts as one failure: silence is no success.

/** @typedef {{passed: number, failed: number}} Count */

/** @param {string} text standard output of `cargo test` @returns {Count} */
export function countCargo(text) {
  const count = { passed: 0, failed: 0 };
  for (const [, passed, failed] of text.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed;/gm)) {
    count.passed += Number(passed);
    count.failed += Number(failed);
  }
  return count;
}

/** @param {string} text standard output of `node --test` with the TAP or spec reporter @returns {Count} */
export function countNode(text) {
  const last = (word) => Number([...text.matchAll(new RegExp(`^(?:#|ℹ) ${word} (\\d+)$`, "gm"))].at(-1)?.[1] ?? 0);
  return { passed: last("pass"), failed: last("fail") + last("cancelled") };
}

/** @param {any} report Vitest's JSON report @returns {Count} */
export function countVitest(report) {
  // A file that could not be loaded has no failed test of its own.
  const unloaded = (report.testResults ?? []).filter(
    (file) => file.status === "failed" && !file.assertionResults?.some((test) => test.status === "failed"),
  ).length;
  return { passed: report.numPassedTests ?? 0, failed: (report.numFailedTests ?? 0) + unloaded };
}

/** @param {any} report Playwright's JSON report @returns {Count} */
export function countPlaywright(report) {
  const { expected = 0, unexpected = 0, flaky = 0 } = report.stats ?? {};
  // A flaky journey is a defect of the product or of the journey: it counts as failed.
  return { passed: expected, failed: unexpected + flaky + (report.errors?.length ?? 0) };
}

/** @param {string} text standard output that ends with `N passed, N failed` @returns {Count} */
export function countSum(text) {
  const [, passed, failed] = /^(\d+) passed, (\d+) failed\s*$/m.exec(text.trim().split("\n").at(-1) ?? "") ?? [];
  return { passed: Number(passed ?? 0), failed: Number(failed ?? 0) };
}

/** A runner's count made honest by its exit code. @param {Count} count @param {number} exitCode @returns {Count} */
export function settle(count, exitCode) {
  const silent = count.passed + count.failed === 0;
  const unexplained = exitCode !== 0 && count.failed === 0;
  return silent || unexplained ? { ...count, failed: count.failed + 1 } : count;
}

/** @param {Count[]} counts @returns {Count} */
export function sum(counts) {
  return counts.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }), { passed: 0, failed: 0 });
}
