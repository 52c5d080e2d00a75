import { defineConfig } from "@playwright/test";

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
    launchOptions: {
      executablePath: process.env.TIDEBOARD_CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
