// Does what the server does all the time still take as many instructions as on record? Counts those of each scenario of
// crates/guard under Callgrind, which no other work on the machine moves, and compares them with bench/instructions.json.
//   node scripts/guard.mjs [NAME …]    all scenarios, or those named; the last line is the sum
//   node scripts/guard.mjs --record    writes what it counts down as the new record
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { count, tools } from "./guard/callgrind.mjs";
import { allowed, compare, unknown } from "./guard/verdict.mjs";

const RECORD = "bench/instructions.json";
const BINARY = join(process.env.CARGO_TARGET_DIR ?? "target", "debug", "tideboard-guard");

// By its test and over the whole workspace: as `cargo test` builds it, so that nothing is compiled twice and the counts
// are the same.
execFileSync("cargo", ["build", "--quiet", "--locked", "--workspace", "--test", "scenarios"], { stdio: "inherit" });

const words = process.argv.slice(2);
const recording = words.includes("--record");
const wanted = words.filter((word) => word !== "--record");
const scenarios = execFileSync(BINARY, { encoding: "utf8" }).trim().split("\n");
const strange = wanted.filter((name) => !scenarios.includes(name));
if (strange.length > 0 || (recording && wanted.length > 0)) {
  console.error(`usage: node scripts/guard.mjs [--record | ${scenarios.join(" ")} (any of them)]`);
  process.exit(2);
}

const present = tools();
if (recording) record();
else guard(JSON.parse(readFileSync(RECORD, "utf8")));

function record() {
  const counted = Object.fromEntries(scenarios.map((name) => [name, count(BINARY, name)]));
  for (const [name, { instructions }] of Object.entries(counted)) say("counted", name, instructions.toLocaleString("en"));
  writeFileSync(RECORD, `${JSON.stringify({ with: present, scenarios: counted }, null, 2)}\n`);
}

function guard(recorded) {
  const { share, why } = allowed(recorded.with, present);
  if (why !== null) console.log(`guard: ${why}`);
  const names = wanted.length > 0 ? wanted : scenarios;
  const verdicts = [
    ...names.map((name) => ({ name, ...compare(recorded.scenarios[name], count(BINARY, name), share) })),
    ...unknown(recorded.scenarios, scenarios),
  ];
  for (const { name, passed, text } of verdicts) say(passed ? "ok" : "FAILED", name, text);
  const failed = verdicts.filter(({ passed }) => !passed).length;
  console.log(`${verdicts.length - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

function say(verdict, name, text) {
  console.log(`${verdict.padEnd(8)}${name.padEnd(17)}${text}`);
}
