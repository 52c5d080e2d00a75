import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Page } from "@playwright/test";
import { connection, expect, signIn, test } from "../fixtures/journey.ts";
import { send } from "../fixtures/producer.ts";
import { Server } from "../fixtures/server.ts";

/** What the README shows. */
const KEPT = resolve(import.meta.dirname, "../../../docs/images");
/** Everything else, for looking at. */
const PASSING = process.env.TIDEBOARD_SCREENSHOTS_TO ?? join(tmpdir(), "tideboard-screenshots");

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
const DESK = { viewport: { width: 1440, height: 900 } };

/** Charts need some past before they are worth a picture. */
const PAST_MS = 45_000;

test.setTimeout(300_000);

async function picture(page: Page, name: string, folder = PASSING): Promise<void> {
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** The greeting events that make the feed worth looking at. */
async function greet(server: Server): Promise<void> {
  for (const [room, temperature] of [
    ["kitchen", 21.4],
    ["cellar", 14.2],
    ["attic", 27.9],
  ] as const) {
    await send(server, { stream: "hello", tags: { room }, fields: { temperature } });
  }
}

test("this machine and the made-up shop, at every size and in both themes", async ({ watch, browser }) => {
  watch.expect(/status of 401/);
  const server = await Server.start("demo");
  try {
    await greet(server);
    const startedAt = Date.now();
    const context = await browser.newContext({ ...DESK, colorScheme: "dark" });
    const page = await context.newPage();
    await page.goto(`${server.url}/sign-in`);
    await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
    await picture(page, "sign-in");
    await page.goto("about:blank");
    await signIn(page, server.signInUrl);
    await picture(page, "first-second");
    await page.goto(`${server.url}/d/this-machine`);
    await expect.poll(() => Date.now() - startedAt, { timeout: 2 * PAST_MS }).toBeGreaterThan(PAST_MS);
    await expect(connection(page)).toHaveText(/^live · \d+ ms$/);
    await picture(page, "this-machine-dark");
    await page.mouse.move(500, 400);
    await picture(page, "hover");
    await page.mouse.move(0, 0);
    await page.setViewportSize({ width: 1440, height: 1700 });
    await expect(page.getByRole("region", { name: "Disks" })).toBeVisible();
    await page.waitForTimeout(1500);
    await picture(page, "dashboard-dark-whole");
    await page.setViewportSize(DESK.viewport);
    await page.emulateMedia({ colorScheme: "light" });
    await page.waitForTimeout(1500);
    await picture(page, "dashboard-light");
    for (const path of ["keys", "dashboards", "connect", "account", "people", "audit"]) {
      await page.goto(`${server.url}/${path}`);
      await expect(page.getByRole("main")).toBeVisible();
      await page.waitForTimeout(1000);
      await picture(page, path);
    }
    await page.emulateMedia({ colorScheme: "dark" });
    await page.goto(`${server.url}/dashboards`);
    const links = page.getByRole("main").getByRole("link");
    await expect(links.first()).toBeVisible();
    const boards = await links.evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
    for (const board of boards) {
      const name = board.split("/").at(-1) ?? "";
      await page.goto(server.url + board);
      await expect(connection(page)).toHaveText(/^live · \d+ ms$/);
      await page.waitForTimeout(3000);
      if (name === "shop") await picture(page, "dashboard-dark", KEPT);
      else await picture(page, `board-${name}`);
      await page.evaluate(() => scrollTo(0, 10_000));
      await page.waitForTimeout(1000);
      await picture(page, `board-${name}-end`);
    }
    await page.goto(`${server.url}/d/this-machine`);
    await page.getByRole("button", { name: "Arrange" }).click();
    await expect(page.locator(".react-grid-item").first()).toBeVisible();
    await page.waitForTimeout(1000);
    await picture(page, "arrange");
    await page.getByRole("button", { name: "Add widget" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await page.waitForTimeout(1000);
    await picture(page, "add-widget");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByRole("button", { name: "Account" }).click();
    await picture(page, "account");
    await page.keyboard.press("Escape");

    const hand = await (await browser.newContext({ ...PHONE, colorScheme: "dark" })).newPage();
    await signIn(hand, await server.newSignInUrl());
    await hand.waitForTimeout(3000);
    await picture(hand, "phone", KEPT);
    await hand.goto(`${server.url}/d/this-machine`);
    await hand.waitForTimeout(2000);
    await picture(hand, "phone-this-machine");
    for (const [index, top] of [800, 1600, 2400, 3200].entries()) {
      await hand.evaluate((y) => scrollTo(0, y), top);
      await hand.waitForTimeout(800);
      await picture(hand, `phone-${index + 2}`);
    }
    await hand.evaluate(() => scrollTo(0, 0));
    await hand.getByRole("button", { name: "Arrange" }).tap();
    await hand.waitForTimeout(1000);
    await picture(hand, "phone-arrange");
    await hand.getByRole("button", { name: "Done" }).tap();
    await hand.goto(`${server.url}/keys`);
    await hand.waitForTimeout(1000);
    await picture(hand, "phone-keys");
    await hand.goto(`${server.url}/connect`);
    await hand.waitForTimeout(1000);
    await picture(hand, "phone-connect");
    await hand.emulateMedia({ colorScheme: "light" });
    await hand.goto(`${server.url}/d/shop`);
    await hand.waitForTimeout(3000);
    await picture(hand, "phone-shop-light");

    await page.setViewportSize({ width: 900, height: 1100 });
    await page.waitForTimeout(1500);
    await picture(page, "tablet");
    await page.setViewportSize(DESK.viewport);
    await server.kill();
    await expect(page.locator('[data-state="disconnected"]').first()).toBeVisible();
    await page.waitForTimeout(1500);
    await picture(page, "disconnected");
    await picture(hand, "phone-disconnected");
    await server.restart();
    await expect(page.getByText(/^Caught up/)).toBeVisible();
    await picture(page, "caught-up");
  } finally {
    await server.dispose();
  }
});
