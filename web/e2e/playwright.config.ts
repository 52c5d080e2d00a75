import { readFileSync } from "node:fs";
import { defineConfig } from "@playwright/test";

/** The page's costs are measured in the same browser (`bench/browser`). */
const chromium: { executablePath: string; args: string[] } = JSON.parse(
  readFileSync(new URL("chromium.json", import.meta.url), "utf8"),
);

/** Pictures are taken only when asked for: `npm run screenshots`. */
const pictures = process.env.TIDEBOARD_SCREENSHOTS !== undefined;

export default defineConfig({
  testDir: pictures ? "screenshots" : "tests",
  outputDir: "test-results",
  fullyParallel: true,
  workers: pictures ? 1 : 2,
  forbidOnly: process.env.CI !== undefined,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: "list",
  use: {
    viewport: { width: 1440, height: 900 },
    colorScheme: "dark",
    locale: "en-GB",
    timezoneId: "UTC",
    screenshot: "only-on-failure",
    actionTimeout: 15_000,
    launchOptions: { ...chromium, executablePath: process.env.TIDEBOARD_CHROMIUM ?? chromium.executablePath },
  },
});
