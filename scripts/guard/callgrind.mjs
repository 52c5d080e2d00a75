// Instructions of one scenario, counted by Callgrind.
import { execFileSync, spawnSync } from "node:child_process";

/** Entering this function starts the count, leaving it ends it: setting a scenario up is not counted. */
const MEASURED = "*tideboard_guard::measured*";
const COLLECTED = /^==\d+== Collected : (\d+)$/m;

/** @typedef {{instructions: number, checksum: string}} Count */

/** @param {string} binary @param {string} scenario @returns {Count} */
export function count(binary, scenario) {
  const options = ["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no", `--toggle-collect=${MEASURED}`];
  // An environment of its own, or its length would move the stack.
  const { status, error, stdout, stderr } = spawnSync("valgrind", [...options, binary, scenario], {
    encoding: "utf8",
    env: { PATH: process.env.PATH },
  });
  const instructions = Number(COLLECTED.exec(stderr ?? "")?.[1] ?? 0);
  if (status !== 0 || instructions === 0) throw new Error(`${scenario} could not be counted: ${error?.message ?? stderr}`);
  return { instructions, checksum: stdout.trim() };
}

/** What counts depend on beside the sources. @returns {Record<string, string>} */
export function tools() {
  const said = (program, ...args) => execFileSync(program, args, { encoding: "utf8" }).trim();
  return {
    rustc: said("rustc", "--version"),
    libc: said("getconf", "GNU_LIBC_VERSION"),
    valgrind: said("valgrind", "--version"),
    processor: process.arch,
  };
}
