const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});
const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });

/** The time of day, to the second: `12:03:10`. */
export function formatClock(ms: number): string {
  return clock.format(ms);
}

/** The time of day to the millisecond. */
export function formatPreciseClock(ms: number): string {
  const thousandth = Math.floor(((ms % 1000) + 1000) % 1000);
  return `${clock.format(ms)}.${String(thousandth).padStart(3, "0")}`;
}

/** A point in time for a tooltip: the day is told only where it is not today. */
export function formatMoment(ms: number, now: number): string {
  const today = new Date(now).toDateString() === new Date(ms).toDateString();
  return today ? formatClock(ms) : `${day.format(ms)} ${formatClock(ms)}`;
}

/** How long something took or lasts, in one or two words: `340 ms`, `12 s`, `3 min`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  const span = Math.max(0, ms);
  if (span < 1000) return `${Math.round(span)} ms`;
  const seconds = span / 1000;
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.round(hours / 24)} d`;
}

/** An age, coarse enough to change no more often than once a second: `3 s`, `2 min`. */
export function formatAge(ms: number): string {
  return formatDuration(Math.max(1000, Math.floor(ms / 1000) * 1000));
}
