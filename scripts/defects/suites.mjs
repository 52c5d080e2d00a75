// The commands that must fail when a defect is seeded, and how the name of a failed test is read from what they say.

/**
 * @typedef {object} Suite
 * @property {string[]} command
 * @property {string} cwd folder in the copy
 * @property {(output: string) => string[]} failedTests
 */

const ofCargo = (output) => [...output.matchAll(/^test (\S+)(?: - should panic)? \.\.\. FAILED$/gm)].map(([, name]) => name);
const ofVitest = (output) => [...output.matchAll(/^(?: FAIL |not ok \d+ - ) ?(.*?)(?: # time=.*)?$/gm)].map(([, name]) => name.trim());

const cargo = (...rest) => ({ command: ["cargo", "test", "--offline", "--no-fail-fast", ...rest], cwd: ".", failedTests: ofCargo });

/** @type {Readonly<Record<string, Suite>>} */
export const suites = {
  live: cargo("-p", "tideboard-live"),
  sync: cargo("-p", "tideboard-sync"),
  doubt: cargo("-p", "tideboard-sync", "--test", "doubt"),
  feeds: cargo("-p", "tideboard-sync", "-p", "tideboard-testkit", "--test", "feed", "--test", "feeds"),
  // Without the worlds on tape: those see every change, harmless ones too.
  world: cargo("-p", "tideboard-testkit", "--test", "simulation", "--test", "regressions"),
  // Without what takes minutes: every power loss, a full disk, throughput.
  log: cargo("-p", "tideboard-log", "--test", "it", "--", "conformance"),
  window: cargo("-p", "tideboard-log", "--lib"),
  disk: cargo("-p", "tideboard-log", "--test", "it", "--", "the_write_ahead_log_is_synced_before_each_answer"),
  client: { command: ["node_modules/.bin/vitest", "run", "--root", "web/client"], cwd: ".", failedTests: ofVitest },
  app: { command: ["node_modules/.bin/vitest", "run", "--root", "web/app"], cwd: ".", failedTests: ofVitest },
};
