import type { Page } from "@playwright/test";
import { expectPlaces, settled, widget } from "../fixtures/board.ts";
import { expect, signIn, test } from "../fixtures/journey.ts";

async function arrange(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Arrange" }).click();
  await expect(page.locator(".react-grid-item").first()).toBeVisible();
}

/** Drags with the mouse, in steps as a hand does. */
async function drag(page: Page, from: readonly [number, number], by: readonly [number, number]): Promise<void> {
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move(from[0] + by[0], from[1] + by[1], { steps: 12 });
  await page.mouse.up();
}

async function saved(page: Page): Promise<void> {
  await expect(page.locator("main")).toHaveAttribute("data-save", "saved");
}

async function boxOf(page: Page, title: string) {
  const box = await widget(page, title).boundingBox();
  if (!box) throw new Error(`${title} is not on the screen`);
  return box;
}

test("what someone arranges stays theirs, everywhere they sign in, until they reset it", async ({
  page,
  server,
  anotherBrowser,
}) => {
  await signIn(page, server.signInUrl);
  const shared = await settled(page);
  await arrange(page);
  await expectPlaces(page, shared, "entering moves nothing");

  const cpu = await boxOf(page, "CPU");
  await drag(page, [cpu.x + 60, cpu.y + 14], [760, 0]);
  await expect.poll(async () => (await boxOf(page, "CPU")).x).toBeGreaterThan(cpu.x + 300);
  await settled(page);
  const memory = await boxOf(page, "Memory in use");
  const corner = page.locator('[data-widget="memory-now"] .react-resizable-handle-se');
  const grip = await corner.boundingBox();
  if (!grip) throw new Error("there is no corner to resize by");
  await drag(page, [grip.x + grip.width / 2, grip.y + grip.height / 2], [0, 90]);
  await expect.poll(async () => (await boxOf(page, "Memory in use")).height).toBeGreaterThan(memory.height + 40);
  await page.getByRole("button", { name: "Remove Load", exact: true }).click();
  await expect(widget(page, "Load")).toHaveCount(0);

  await page.getByRole("button", { name: "Add widget" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a widget" });
  await dialog.getByRole("button", { name: "Gauge" }).click();
  await dialog.getByLabel("Stream").selectOption("host.memory");
  await dialog.getByLabel("Field").selectOption("used_percent");
  await dialog.getByLabel("Title").fill("My gauge");
  await expect(dialog.getByRole("region", { name: "My gauge" })).toBeVisible();
  await dialog.getByRole("button", { name: "Add to dashboard" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(widget(page, "My gauge")).toBeVisible();
  await saved(page);
  await page.getByRole("button", { name: "Done" }).click();
  const mine = await settled(page);
  expect(Object.keys(mine)).not.toContain("load");

  await page.reload();
  await expect(widget(page, "My gauge")).toBeVisible();
  await expectPlaces(page, mine, "kept over a reload");
  const elsewhere = await (await anotherBrowser({ viewport: { width: 1440, height: 900 } })).newPage();
  await signIn(elsewhere, await server.newSignInUrl());
  await expect(widget(elsewhere, "My gauge")).toBeVisible();
  await expectPlaces(elsewhere, mine, "the same in another browser");

  await arrange(page);
  await page.getByRole("button", { name: "Reset to shared" }).first().click();
  await saved(page);
  await page.getByRole("button", { name: "Done" }).click();
  await expectPlaces(page, shared, "reset");
  await page.reload();
  await expect(widget(page, "Load")).toBeVisible();
  await expectPlaces(page, shared, "reset, for good");
});

test("the keyboard alone moves, resizes, removes and takes back", async ({ page, server }) => {
  await signIn(page, server.signInUrl);
  await arrange(page);
  const shared = await settled(page);
  const spoken = page.locator("#announcer");
  const handle = page.getByRole("button", { name: /^Move CPU by core:/ });
  await handle.focus();
  await page.keyboard.press("ArrowRight");
  await expect(spoken).toHaveText(/CPU by core: column \d+, row \d+/);
  await expect(handle, "the focus stays").toBeFocused();
  const moved = await settled(page);
  expect(moved).not.toEqual(shared);
  await page.keyboard.press("Shift+ArrowDown");
  await expect(spoken).toHaveText(/CPU by core: \d+ columns wide, 10 rows high/);
  await page.keyboard.press("Delete");
  await expect(spoken).toHaveText("Removed “CPU by core”");
  await expect(widget(page, "CPU by core")).toHaveCount(0);
  const undo = page.getByRole("button", { name: "Undo" }).first();
  for (const left of [2, 1, 0]) {
    await expect(undo, `${left + 1} to take back`).toBeEnabled();
    await undo.press("Enter");
  }
  await expect(undo).toBeDisabled();
  await expectPlaces(page, shared, "all taken back");
});

test("the first drag of a header enters arranging and moves the widget in one go", async ({ page, server }) => {
  await signIn(page, server.signInUrl);
  await settled(page);
  const cpu = await boxOf(page, "CPU");
  await page.mouse.move(cpu.x + 60, cpu.y + 14);
  await page.mouse.down();
  await page.mouse.move(cpu.x + 100, cpu.y + 14, { steps: 4 });
  // A hand is slower than the grid that takes the drag over.
  await expect(page.locator(".react-draggable-dragging")).toBeVisible();
  await page.mouse.move(cpu.x + 820, cpu.y + 14, { steps: 12 });
  await expect.poll(async () => (await boxOf(page, "CPU")).x, "it follows the mouse").toBeGreaterThan(cpu.x + 700);
  await page.mouse.up();
  await settled(page);
  expect((await boxOf(page, "CPU")).x, "it stays where it was let go").toBeGreaterThan(cpu.x + 300);
  await saved(page);
  await expect(page.getByText("Saved as your view")).toBeVisible();
  await page.getByRole("status").getByRole("button", { name: "Undo" }).click();
  await expect.poll(async () => (await boxOf(page, "CPU")).x).toBeLessThan(cpu.x + 3);
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.locator(".react-grid-item")).toHaveCount(0);
});
