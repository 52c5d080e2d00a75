import { mkdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";
import { dirname } from "node:path";

/**
 * What the load generator (`crates/bench`) writes, as far as it matters here.
 *
 * @typedef {object} Report
 * @property {object} machine
 * @property {"short" | "long"} effort
 * @property {number} measuredAt milliseconds since 1970
 * @property {readonly object[]} figures
 * @property {readonly import("./samples.mjs").Sample[]} samples
 */

/**
 * A report of a run in which nothing else is measured.
 *
 * @param {"short" | "long"} effort
 * @returns {Report}
 */
export function newReport(effort) {
  const machine = {
    processor: cpus()[0]?.model ?? "",
    threads: availableParallelism(),
    memory_mib: Math.floor(totalmem() / 2 ** 20),
    kernel: release(),
    load_before: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
  return { machine, effort, measuredAt: Date.now(), figures: [], samples: [] };
}

/**
 * The report with these samples after its own, instead of those it had of the same table.
 *
 * @param {Report} report
 * @param {readonly import("./samples.mjs").Sample[]} samples
 * @returns {Report}
 */
export function withSamples(report, samples) {
  const tables = new Set(samples.map(({ table }) => table));
  return { ...report, samples: [...report.samples.filter(({ table }) => !tables.has(table)), ...samples] };
}

/**
 * @param {string} file
 * @returns {Promise<Report>}
 */
export async function readReport(file) {
  return JSON.parse(await readFile(file, "utf8"));
}

/**
 * @param {string} file
 * @param {Report} report
 */
export async function writeReport(file, report) {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
}
