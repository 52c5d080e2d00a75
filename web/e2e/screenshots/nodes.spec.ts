import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { connection, expect, signIn, test } from "../fixtures/journey.ts";
import { Nodes } from "../fixtures/nodes.ts";

const FOLDER = process.env.TIDEBOARD_SCREENSHOTS_TO ?? join(tmpdir(), "tideboard-screenshots");
const SCREENS = {
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
  desk: { viewport: { width: 1440, height: 900 } },
} as const;
/** Charts need some past before they are worth a picture. */
const PAST_MS = 15_000;

test.setTimeout(300_000);

test("several nodes: live, cut off from Redis, back, and after a loss", async ({ browser }) => {
  const nodes = await Nodes.start("demo");
  try {
    const pages: { name: string; page: Page }[] = [];
    for (const [screen, options] of Object.entries(SCREENS)) {
      for (const colorScheme of ["dark", "light"] as const) {
        const page = await (await browser.newContext({ ...options, colorScheme })).newPage();
        await signIn(page, await nodes.newSignInUrl());
        pages.push({ name: `${screen}-${colorScheme}`, page });
      }
    }
    const pictures = async (moment: string) => {
      await mkdir(FOLDER, { recursive: true });
      for (const { name, page } of pages) await page.screenshot({ path: join(FOLDER, `nodes-${moment}-${name}.png`) });
    };
    const [first] = pages;
    await first?.page.waitForTimeout(PAST_MS);
    await pictures("live");
    await nodes.services.tell("pause redis");
    for (const { page } of pages) await expect(connection(page)).toContainText("stale");
    await first?.page.waitForTimeout(3000);
    await pictures("stale");
    await nodes.services.tell("resume redis");
    for (const { page } of pages) await expect(page.getByText(/^Up to date again/)).toBeVisible();
    await pictures("back");
    await nodes.services.tell("wipe redis");
    for (const { page } of pages) await expect(page.getByText(/^The server lost/)).toBeVisible();
    await first?.page.waitForTimeout(3000);
    await pictures("lost");
  } finally {
    await nodes.dispose();
  }
});
