const STORED_AS = "tideboard.login";

/** What was signed in with last in this browser; `null` if that was no login. */
export function knownLogin(): string | null {
  try {
    return localStorage.getItem(STORED_AS);
  } catch {
    return null;
  }
}

/** Keeps it for the next time. */
export function keepLogin(login: string): void {
  try {
    localStorage.setItem(STORED_AS, login);
  } catch {
    // Without storage it is typed again.
  }
}
