import { TICK_MS, tickBefore } from "./wave.mjs";

/**
 * Calls `tick` with the time of each tick as it comes, until the answer is called.
 *
 * @param {(time: number) => Promise<unknown>} tick
 * @returns {() => Promise<void>} ends once nothing is under way
 */
export function startTicking(tick) {
  let stopped = false;
  /** @type {Set<Promise<unknown>>} */
  const underWay = new Set();
  /** @type {NodeJS.Timeout} */
  let timer;
  /** @type {unknown} */
  let failure = null;
  let next = tickBefore(Date.now()) + TICK_MS;
  const step = () => {
    // A tick whose time has passed is sent late, not left out.
    for (; next <= Date.now(); next += TICK_MS) {
      const sending = tick(next).catch((error) => {
        failure = error;
      });
      underWay.add(sending);
      void sending.finally(() => underWay.delete(sending));
    }
    if (!stopped) timer = setTimeout(step, next - Date.now());
  };
  timer = setTimeout(step, next - Date.now());
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await Promise.all(underWay);
    if (failure !== null) throw failure;
  };
}
