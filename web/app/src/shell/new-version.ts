/** When the page last reloaded itself for this reason, in milliseconds since 1970. */
const STORED_AS = "tideboard.reloaded";
/** Twice within this time would be a loop, not a new version. */
const APART_MS = 30_000;

/**
 * Reloads the page when a part of it that loads on demand is gone: the server was replaced by a newer version since
 * the page was opened.
 */
export function reloadForNewVersion(): void {
  window.addEventListener("vite:preloadError", (event) => {
    const last = Number(sessionStorage.getItem(STORED_AS) ?? 0);
    if (Date.now() - last < APART_MS) return;
    event.preventDefault();
    sessionStorage.setItem(STORED_AS, String(Date.now()));
    window.location.reload();
  });
}
