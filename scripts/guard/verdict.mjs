// What to make of a count beside the one on record.

/** How much more or less passes without a word, as a share of the record. */
const SHARE = 0.05;
/** The same with other tools than those that it was recorded with: another compiler makes other code. */
const SHARE_OTHER_TOOLS = 0.15;

const HINT = "node scripts/guard.mjs --record";

/**
 * @typedef {import("./callgrind.mjs").Count} Count
 * @typedef {{passed: boolean, text: string}} Verdict
 */

/**
 * How far a count may be from the record.
 * @param {Record<string, string>} recorded @param {Record<string, string>} present tools then and now
 * @returns {{share: number, why: string | null}}
 */
export function allowed(recorded, present) {
  const others = Object.keys(present).filter((tool) => recorded[tool] !== present[tool]);
  if (others.length === 0) return { share: SHARE, why: null };
  const what = others.map((tool) => `${tool} is ${present[tool]}, not ${recorded[tool]}`).join("; ");
  if (others.includes("processor")) return { share: Number.POSITIVE_INFINITY, why: `recorded elsewhere (${what}): only outcomes are compared` };
  return { share: SHARE_OTHER_TOOLS, why: `recorded with other tools (${what}): ${SHARE_OTHER_TOOLS * 100} % more may pass` };
}

const grouped = (number) => number.toLocaleString("en");

/** @param {Count | undefined} recorded @param {Count} counted @param {number} share @returns {Verdict} */
export function compare(recorded, { instructions, checksum }, share) {
  if (recorded === undefined) return { passed: false, text: `${grouped(instructions)}, not on record: ${HINT}` };
  if (checksum !== recorded.checksum) {
    return { passed: false, text: `comes to ${checksum} instead of ${recorded.checksum}: if that is meant, ${HINT}` };
  }
  const change = instructions / recorded.instructions - 1;
  const text = `${grouped(instructions)} (${change < 0 ? "−" : "+"}${(Math.abs(change) * 100).toFixed(1)} %)`;
  const at = (factor) => Math.round(recorded.instructions * factor);
  if (instructions > at(1 + share)) return { passed: false, text: `${text}: more than ${share * 100} % above ${grouped(recorded.instructions)}; if that is worth it, ${HINT}` };
  if (instructions < at(1 - share)) return { passed: true, text: `${text}: keep what was won, ${HINT}` };
  return { passed: true, text };
}

/** Scenarios on record that are no more. @param {Record<string, Count>} recorded @param {string[]} scenarios */
export function unknown(recorded, scenarios) {
  const gone = Object.keys(recorded).filter((name) => !scenarios.includes(name));
  return gone.map((name) => ({ name, passed: false, text: `is on record, but no scenario: ${HINT}` }));
}
