import { Scheduler } from "./scheduler.ts";

/** The scheduler of this page, following its visibility for as long as `close` was not called. */
export function pageScheduler(): { scheduler: Scheduler; close: () => void } {
  const scheduler = new Scheduler({
    requestFrame: (callback) => requestAnimationFrame(callback),
    cancelFrame: (id) => cancelAnimationFrame(id),
    setTimer: (callback, delayMs) => window.setTimeout(callback, delayMs),
    clearTimer: (id) => window.clearTimeout(id),
    now: () => performance.now(),
    isHidden: () => document.hidden,
    report: (error) => reportError(error),
  });
  const onVisibility = () => scheduler.visibilityChanged();
  document.addEventListener("visibilitychange", onVisibility);
  return { scheduler, close: () => document.removeEventListener("visibilitychange", onVisibility) };
}
