import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { newReport, readReport, withSamples, writeReport } from "./report.mjs";

/**
 * @param {string} table
 * @param {number} run
 * @returns {any}
 */
const sample = (table, run) => ({ table, measure: "m", contestant: "A", unit: "ms", runs: [run] });

test("samples come after those of other tables, and instead of those of their own", () => {
  const report = withSamples(newReport("short"), [sample("fanout", 1), sample("browser", 2)]);
  expect(withSamples(report, [sample("browser", 3)]).samples).toEqual([sample("fanout", 1), sample("browser", 3)]);
  expect(report.samples).toHaveLength(2);
});

test("a report is read as it was written, in a folder that is made for it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tideboard-report-"));
  try {
    const file = join(folder, "results", "latest.json");
    const report = { ...newReport("long"), figures: [{ name: "f", value: 1, unit: "ms" }] };
    await writeReport(file, report);
    expect(await readReport(file)).toEqual(report);
  } finally {
    await rm(folder, { recursive: true });
  }
});
