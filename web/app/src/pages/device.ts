import { accountTexts } from "../strings/account.ts";

const text = accountTexts;

// The first that fits counts: most browsers name others as well.
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
  [/\bcurl\//, "curl"],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/iPhone/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

/** What people call the device that names itself so. */
export function deviceOf(userAgent: string | null): string {
  const named = userAgent ?? "";
  const browser = BROWSERS.find(([pattern]) => pattern.test(named))?.[1];
  const system = SYSTEMS.find(([pattern]) => pattern.test(named))?.[1];
  if (browser && system) return text.device(browser, system);
  return browser ?? system ?? text.sessions.unknownDevice;
}
