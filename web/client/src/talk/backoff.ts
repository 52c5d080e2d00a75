const FIRST_MS = 250;
const LONGEST_MS = 10_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/** How long to wait after `failures` attempts in a row failed; `random` in [0, 1) spreads clients over the whole time. */
export function backoffMs(failures: number, random: number): number {
  return random * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
}

/** How long to wait before a view or a feed is asked for again, after as many failures; at least half of the longest wait. */
export function retryMs(failures: number, random: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1)) * (1 + random) * 0.5;
}
