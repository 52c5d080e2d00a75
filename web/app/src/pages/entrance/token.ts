/** The token in an address's fragment, a whole pasted address, or the text itself. */
export function tokenIn(text: string): string {
  const trimmed = text.trim();
  const found = /[#&?]token=([^&\s]+)/.exec(trimmed);
  if (!found?.[1]) return trimmed;
  try {
    return decodeURIComponent(found[1]);
  } catch {
    return found[1];
  }
}

/** Takes the token out of the address bar, so that neither history nor a shared screen keeps it. */
export function takeToken(location: Location, history: History): string | null {
  if (!/[#&]token=/.test(location.hash)) return null;
  const token = tokenIn(location.hash);
  history.replaceState(history.state, "", `${location.pathname}${location.search}`);
  return token === "" ? null : token;
}
