import { entrance } from "../strings/entrance.ts";

const text = entrance.password;

/** Passwords are at least this long, in characters. */
export const PASSWORD_MIN = 12;
const STRONG = 20;
/** With fewer different characters, length alone does not help. */
const LEAST_DIFFERENT = 6;
/** A name shorter than this is in many words by accident. */
const WORTH_FINDING = 4;

export interface Strength {
  /** 0: too weak; up to 3. */
  readonly level: 0 | 1 | 2 | 3;
  readonly text: string;
}

/** How hard a password is to guess, roughly; `known`: what others know of its owner. */
export function strengthOf(password: string, known: readonly string[] = []): Strength {
  const length = [...password].length;
  if (length === 0) return { level: 0, text: text.start };
  if (length < PASSWORD_MIN) return { level: 0, text: text.missing(PASSWORD_MIN - length) };
  if (new Set(password.toLowerCase()).size < LEAST_DIFFERENT) return { level: 1, text: text.repeated };
  const plain = password.toLowerCase();
  const words = known.flatMap((name) => name.toLowerCase().split(/[^\p{L}\p{N}]+/u));
  if (words.some((word) => word.length >= WORTH_FINDING && plain.includes(word))) return { level: 1, text: text.known };
  return length < STRONG ? { level: 2, text: text.fair } : { level: 3, text: text.strong };
}
