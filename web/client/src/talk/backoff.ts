const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/** How long to wait after `failures` attempts in a row failed; `random` in [0, 1) spreads clients over the whole time. */
export function backoffMs(failures: number, random: number): number {
  return random * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
}
