// Does the suite see what it is there to see? Seeds one known defect after the other in a copy of the project and runs
// the command that must fail then. `node scripts/defects.mjs [suite or words of a defect's name …]`; exit code 1 if one
// escapes or no longer applies.
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { defects } from "./defects/list.mjs";
import { suites } from "./defects/suites.mjs";
import { mirror, seed } from "./defects/tree.mjs";

/** A suite that takes longer will not end: the defect makes it turn in a circle, which proves little. */
const SUITE_MS_MAX = 20 * 60_000;

const project = process.cwd();
const home = resolve(process.env.CARGO_TARGET_DIR ?? "target", "defects");
const copy = join(home, "tree");

const environment = {
  ...process.env,
  CARGO_TARGET_DIR: join(home, "target"),
  NO_COLOR: "1",
  // The same cases in every run, so that what was caught stays caught.
  PROPTEST_RNG_SEED: process.env.PROPTEST_RNG_SEED ?? "1",
  PROPTEST_DISABLE_FAILURE_PERSISTENCE: "1",
  TIDEBOARD_SEED: process.env.TIDEBOARD_SEED ?? "1",
};

/** Runs a suite in the copy; resolves to what it said and how it ended. */
function run({ command: [program, ...args], cwd }) {
  return new Promise((settle) => {
    // A group of its own, so that what it starts ends with it.
    const child = spawn(program, args, { cwd: join(copy, cwd), env: environment, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const end = () => process.kill(-child.pid, "SIGKILL");
    const late = setTimeout(end, SUITE_MS_MAX);
    process.once("exit", end);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    child.on("error", (error) => settle({ output: error.message, passed: false }));
    child.on("close", (code) => {
      clearTimeout(late);
      process.off("exit", end);
      settle({ output, passed: code === 0 });
    });
  });
}

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(0).padStart(4)} s`;
const say = (verdict, since, what) => console.log(`${verdict.padEnd(11)}${seconds(since)}  ${what}`);

/** Whether a failed command failed for the defect and not because it did not compile. */
function verdictOf(suite, { output, passed }) {
  if (passed) return { verdict: "ESCAPED", detail: "" };
  const [first, ...more] = new Set(suite.failedTests(output));
  if (first === undefined) return { verdict: "BROKEN", detail: output.split("\n").slice(-15).join("\n") };
  return { verdict: "caught", detail: `by ${first}${more.length > 0 ? ` and ${more.length} more` : ""}` };
}

async function unharmed(names) {
  mirror(project, copy);
  let good = true;
  for (const name of names) {
    const since = performance.now();
    const outcome = await run(suites[name]);
    say(outcome.passed ? "passes" : "FAILS", since, `the suite ${name}, unharmed`);
    if (!outcome.passed) console.log(outcome.output.split("\n").slice(-40).join("\n"));
    good &&= outcome.passed;
  }
  return good;
}

async function judge(defect) {
  const since = performance.now();
  mirror(project, copy);
  if (!seed(copy, defect)) {
    say("NOT FOUND", since, `${defect.name}: its text is not in ${defect.file} exactly once`);
    return false;
  }
  const { verdict, detail } = verdictOf(suites[defect.suite], await run(suites[defect.suite]));
  say(verdict, since, `${defect.name} (${defect.suite}) ${detail}`);
  return verdict === "caught";
}

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));

const words = process.argv.slice(2);
const chosen = defects.filter(({ name, suite }) => words.every((word) => name.includes(word) || suite === word));
if (chosen.length === 0) {
  console.error("no defect is of this suite or has these words in its name");
  process.exit(2);
}
if (!(await unharmed(new Set(chosen.map(({ suite }) => suite))))) process.exit(1);
let caught = 0;
for (const defect of chosen) caught += Number(await judge(defect));
mirror(project, copy);
console.log(`${caught} of ${chosen.length} defects caught`);
process.exitCode = caught === chosen.length ? 0 : 1;
