import { formatDuration } from "@tideboard/react";

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

const HOUR_MS = 60 * 60_000;

/** Whoever was seen within this time is still there, as far as one can say. */
const NOW_MS = 2 * 60_000;

/** A date with its time. */
export function formatWhen(ms: number): string {
  return moment.format(ms);
}

/** A date. */
export function formatDay(ms: number): string {
  return day.format(ms);
}

/** Whether somebody who was seen then is still there. */
export function isNow(ms: number): boolean {
  return Date.now() - ms < NOW_MS;
}

/** How long ago something was, no finer than matters. */
export function formatAgo(ms: number): string {
  const age = Math.max(0, Date.now() - ms);
  return formatDuration(age < 2 * HOUR_MS ? age : Math.floor(age / HOUR_MS) * HOUR_MS);
}
