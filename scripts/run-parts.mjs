// Runs the named parts (`node scripts/run-parts.mjs check rust guard web e2e torture`), every step whatever the ones before it said, and
// ends with the sum over all runners: `N passed, N failed`.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { settle, sum } from "./runner/count.mjs";
import { parts } from "./runner/steps.mjs";

const reports = mkdtempSync(join(tmpdir(), "tideboard-test-"));
process.on("exit", () => rmSync(reports, { recursive: true, force: true }));

/** Runs a command, showing its output as it comes; resolves to that output and the exit code. */
function run(command, cwd, environment) {
  return new Promise((resolve) => {
    const [program, ...args] = command;
    const child = spawn(program, args, { cwd, env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
      process.stdout.write(text);
    });
    child.on("error", (error) => resolve({ output: `${output}${error.message}\n`, exitCode: 127 }));
    child.on("close", (code) => resolve({ output, exitCode: code ?? 1 }));
  });
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    // The runner died before it wrote one: its exit code or its silence counts as the failure.
    return {};
  }
}

async function runStep(step, index) {
  const file = join(reports, `${index}.json`);
  const extra = step.report?.(file) ?? {};
  console.log(`\n— ${step.name}`);
  const started = performance.now();
  const { output, exitCode } = await run([...step.command, ...(extra.arguments ?? [])], step.cwd, extra.environment);
  const count = settle(step.count({ output, exitCode, report: step.report ? readReport(file) : {} }), exitCode);
  return { name: step.name, seconds: (performance.now() - started) / 1000, ...count };
}

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in parts));
if (names.length === 0 || unknown.length > 0) {
  console.error(`usage: node scripts/run-parts.mjs ${Object.keys(parts).join(" ")} (any of them)`);
  process.exit(2);
}

const results = [];
for (const step of names.flatMap((name) => parts[name]())) {
  results.push(await runStep(step, results.length));
}

console.log("");
for (const { name, seconds, passed, failed } of results) {
  const verdict = failed > 0 ? "FAILED" : "ok";
  console.log(`${verdict.padEnd(7)}${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${seconds.toFixed(1).padStart(7)} s  ${name}`);
}
const total = sum(results);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;
