import { median } from "./statistics.mjs";

/**
 * One measure of one contestant, with a number per round.
 *
 * @typedef {object} Sample
 * @property {string} table
 * @property {string} measure
 * @property {string} contestant
 * @property {string} unit
 * @property {number[]} runs
 */

/** What all of it is about; tables of several contests stand below each other. */
export const TABLE = "12 charts × 10 Hz in a browser";

/** Gathers the numbers of all rounds. */
export class Samples {
  /** @type {Sample[]} */
  #samples = [];

  /**
   * Adds the number of one more round.
   *
   * @param {string} contestant
   * @param {string} measure
   * @param {string} unit
   * @param {number} run
   */
  add(contestant, measure, unit, run) {
    const rounded = Math.round(run * 1e4) / 1e4;
    const known = this.#samples.find((sample) => sample.contestant === contestant && sample.measure === measure);
    if (known) known.runs.push(rounded);
    else this.#samples.push({ table: TABLE, measure, contestant, unit, runs: [rounded] });
  }

  /** @returns {readonly Sample[]} in the order in which measures first came */
  get all() {
    return this.#samples;
  }

  /**
   * A line per measure, a column per contestant: the median of the rounds.
   *
   * @param {readonly string[]} contestants
   * @returns {string}
   */
  table(contestants) {
    const measures = [...new Set(this.#samples.map(({ measure }) => measure))];
    const rows = measures.map((measure) => {
      const ofMeasure = this.#samples.filter((sample) => sample.measure === measure);
      const cells = contestants.map((contestant) => {
        const runs = ofMeasure.find((sample) => sample.contestant === contestant)?.runs;
        return runs ? written(median(runs)) : "";
      });
      return [`${measure} [${ofMeasure[0]?.unit}]`, ...cells];
    });
    return aligned([["median of the rounds", ...contestants], ...rows]);
  }
}

/** @param {number} value */
function written(value) {
  if (value === 0) return "0";
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 2 : 3);
}

/** @param {readonly (readonly string[])[]} rows */
function aligned(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
  );
  return `${lines.map((line) => line.join("  ")).join("\n")}\n`;
}
