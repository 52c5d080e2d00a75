import type { Page } from "@playwright/test";
import { expectAccessible, expectNoSidewaysScroll } from "../fixtures/accessibility.ts";
import { widget } from "../fixtures/board.ts";
import { connection, expect, signIn, test } from "../fixtures/journey.ts";

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

/** Pages of someone who is signed in, and what shows that they are there. */
const PAGES = [
  { path: "/d/this-machine", ready: (page: Page) => widget(page, "CPU by core").locator('[data-state="live"]') },
  { path: "/keys", ready: (page: Page) => page.getByRole("main").getByRole("listitem").first() },
  { path: "/account", ready: (page: Page) => page.getByText("this browser") },
  { path: "/people", ready: (page: Page) => page.getByRole("main").getByRole("listitem").first() },
  { path: "/people/invites", ready: (page: Page) => page.getByRole("button", { name: "Create link" }) },
  { path: "/people/teams", ready: (page: Page) => page.getByRole("button", { name: "New team" }) },
  { path: "/audit", ready: (page: Page) => page.getByRole("main").getByRole("listitem").first() },
  { path: "/dashboards", ready: (page: Page) => page.getByRole("main").getByRole("link").first() },
  { path: "/connect", ready: (page: Page) => page.getByRole("heading", { name: "Connect your data" }).first() },
];

for (const { size, options } of [
  { size: "a phone", options: PHONE },
  { size: "a desk", options: {} },
]) {
  for (const colorScheme of ["dark", "light"] as const) {
    test.describe(() => {
      test.use({ ...options, colorScheme });

      test(`on ${size}, ${colorScheme}, every page is accessible and fits the screen`, async ({
        page,
        server,
        watch,
      }) => {
        watch.expect(/status of 401/);
        await page.goto(`${server.url}/sign-in`);
        await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
        await expectAccessible(page, "sign-in");
        await expectNoSidewaysScroll(page, "sign-in");
        await page.goto("about:blank");
        await signIn(page, server.signInUrl);
        for (const { path, ready } of PAGES) {
          await page.goto(server.url + path);
          await expect(ready(page)).toBeVisible();
          await expect(connection(page)).toHaveText(/live|ms/);
          await expectAccessible(page, path);
          await expectNoSidewaysScroll(page, path);
        }
        await page.goto(`${server.url}/d/this-machine`);
        await page.getByRole("button", { name: "Arrange" }).click();
        await expect(page.getByRole("button", { name: "Done" })).toBeVisible();
        await expectAccessible(page, "arranging");
        await expectNoSidewaysScroll(page, "arranging");
        await page.getByRole("button", { name: "Add widget" }).click();
        await expect(page.getByRole("dialog")).toBeVisible();
        await expectAccessible(page, "adding");
      });
    });
  }
}

test.describe(() => {
  test.use(PHONE);

  test("on a phone the header, the menus and every widget are within reach", async ({ page, server }) => {
    await signIn(page, server.signInUrl);
    const { width } = PHONE.viewport;
    for (const control of await page.locator("header.header").locator("a, button, [data-testid]").all()) {
      if (!(await control.isVisible())) continue;
      const box = await control.boundingBox();
      const name = await control.evaluate((element) => element.outerHTML.slice(0, 80));
      expect.soft(box?.x, name).toBeGreaterThanOrEqual(0);
      expect.soft((box?.x ?? 0) + (box?.width ?? 0), name).toBeLessThanOrEqual(width);
      // WCAG 2.2, target size.
      if (!name.startsWith("<span")) expect.soft(box?.height, name).toBeGreaterThanOrEqual(24);
    }
    await page.getByRole("button", { name: "Account" }).tap();
    const panel = await page.locator(".menu-panel").boundingBox();
    expect(panel?.x).toBeGreaterThanOrEqual(0);
    expect((panel?.x ?? 0) + (panel?.width ?? 0)).toBeLessThanOrEqual(width);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Switch dashboard" }).tap();
    await expect(page.getByRole("link", { name: "All dashboards" })).toBeVisible();
    await page.keyboard.press("Escape");

    for (const one of await page.locator(".tb-widget").all()) {
      await one.scrollIntoViewIfNeeded();
      const box = await one.boundingBox();
      const title = await one.locator(".tb-widget-title").textContent();
      expect.soft(box?.width, `${title} is wide enough to read`).toBeGreaterThan(150);
      expect.soft((box?.x ?? 0) + (box?.width ?? 0), title ?? "").toBeLessThanOrEqual(width);
      const cut = await one
        .locator(".tb-widget-title")
        .evaluate((element) => element.scrollWidth - element.clientWidth);
      expect.soft(cut, `the title ${title} is cut off by`).toBeLessThanOrEqual(0);
    }
  });
});
