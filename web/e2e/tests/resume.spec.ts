import { addWidgets, bigNumber, picture, widget } from "../fixtures/board.ts";
import { connection, expect, signIn, test } from "../fixtures/journey.ts";
import { Producer, send } from "../fixtures/producer.ts";
import { Witness } from "../fixtures/viewer.ts";

const HOUR_MS = 3_600_000;
/** A return is told of only after an absence that somebody may have noticed. */
const NOTICEABLE_MS = 2500;

const query = (fn: string, field?: string) => ({
  stream: "load",
  shape: "table",
  measures: [field === undefined ? { fn } : { fn, field }],
  range: { last: HOUR_MS },
});
const number = (id: string, title: string, main: object) => ({
  id,
  kind: "number",
  title,
  queries: { main },
  options: { decimals: 0 },
});
const COUNTERS = [number("my-count", "Arrived", query("count")), number("my-sum", "Added up", query("sum", "n"))];

test("a server killed twice under load loses no acknowledged event and counts none twice", async ({
  page,
  server,
  watch,
}) => {
  watch.expectCuts();
  await signIn(page, server.signInUrl);
  await addWidgets(page, COUNTERS);
  const producer = new Producer(server);
  const arrived = widget(page, "Arrived");
  await expect.poll(() => bigNumber(page, "Arrived")).toBeGreaterThan(20);

  for (const cut of [1, 2]) {
    const failures = producer.failures;
    await server.kill();
    const killedAt = Date.now();
    await expect(connection(page), `cut ${cut}`).toHaveText(/reconnecting/);
    await expect(arrived.locator('[data-state="disconnected"]').first()).toBeVisible();
    const kept = await bigNumber(page, "Arrived");
    expect(kept, "the picture is kept").toBeGreaterThan(20);
    await expect.poll(() => Date.now() - killedAt).toBeGreaterThan(NOTICEABLE_MS);
    expect(producer.failures, "the producer was refused meanwhile").toBeGreaterThan(failures);
    await server.restart();
    await expect(page.getByText(/^Caught up.*none lost/)).toBeVisible();
    await expect(connection(page)).toHaveText(/^live/);
    await expect(arrived.locator('[data-state="live"]')).toBeVisible();
    await expect.poll(() => bigNumber(page, "Arrived")).toBeGreaterThan(kept);
    await page.getByRole("button", { name: "Dismiss" }).first().click();
  }

  await producer.stop();
  await expect.poll(() => bigNumber(page, "Arrived")).toBe(producer.acknowledged);
  await expect.poll(() => bigNumber(page, "Added up")).toBe(producer.sum);
  await page.reload();
  await expect.poll(() => bigNumber(page, "Arrived"), "the same from the log alone").toBe(producer.acknowledged);
});

test("a server that falls silent is noticed, and the page returns by itself", async ({ page, server, watch }) => {
  watch.expectCuts();
  await signIn(page, server.signInUrl);
  await addWidgets(page, COUNTERS);
  await send(server, { stream: "load", fields: { n: 1 } });
  await expect.poll(() => bigNumber(page, "Arrived")).toBe(1);

  server.suspend();
  const silentSince = Date.now();
  await expect(connection(page)).toHaveText(/reconnecting/);
  // It must take at most 5 s; slow machines get twice that.
  expect(Date.now() - silentSince).toBeLessThan(10_000);
  await expect(page.locator('[data-state="disconnected"]').first()).toBeVisible();
  expect(await bigNumber(page, "Arrived")).toBe(1);
  server.resume();
  await send(server, { stream: "load", fields: { n: 2 } });
  await expect(connection(page)).toHaveText(/^live/);
  await expect.poll(() => bigNumber(page, "Arrived")).toBe(2);
});

test("a browser that loses its network says so and returns", async ({ page, context, server, watch }) => {
  watch.expectCuts();
  await signIn(page, server.signInUrl);
  await addWidgets(page, COUNTERS);
  await send(server, { stream: "load", fields: { n: 1 } });
  await expect.poll(() => bigNumber(page, "Arrived")).toBe(1);

  await context.setOffline(true);
  await expect(connection(page)).toHaveText(/reconnecting/);
  await send(server, { stream: "load", fields: { n: 2 } });
  await context.setOffline(false);
  await expect(connection(page)).toHaveText(/^live/);
  await expect.poll(() => bigNumber(page, "Arrived")).toBe(2);
});

test("a hidden page paints nothing and is right at once when it is seen again", async ({ page, server }) => {
  await page.addInitScript(() => {
    let hidden = false;
    let drawn = 0;
    Object.defineProperty(Document.prototype, "hidden", { get: () => hidden });
    Object.defineProperty(Document.prototype, "visibilityState", { get: () => (hidden ? "hidden" : "visible") });
    const clear = CanvasRenderingContext2D.prototype.clearRect;
    CanvasRenderingContext2D.prototype.clearRect = function (...area) {
      drawn += 1;
      clear.apply(this, area);
    };
    Object.assign(window, {
      hide(next: boolean) {
        hidden = next;
        document.dispatchEvent(new Event("visibilitychange"));
      },
      drawings: () => drawn,
    });
  });
  let frames = 0;
  page.on("websocket", (socket) => {
    socket.on("framereceived", ({ payload }) => {
      if (String(payload).startsWith('42["frame"')) frames += 1;
    });
  });
  const hide = (next: boolean) =>
    page.evaluate((value) => (window as unknown as { hide(to: boolean): void }).hide(value), next);
  const drawings = () => page.evaluate(() => (window as unknown as { drawings(): number }).drawings());

  await signIn(page, server.signInUrl);
  await addWidgets(page, COUNTERS);
  await send(server, { stream: "load", fields: { n: 1 } });
  await expect.poll(() => bigNumber(page, "Arrived")).toBe(1);
  const before = await drawings();
  await expect.poll(drawings, "a visible page paints").toBeGreaterThan(before);

  const token = await fetch(`${server.url}/api/v1/session/socket-token`, {
    method: "POST",
    headers: { authorization: `Bearer ${await server.readKey()}` },
  });
  const witness = new Witness(server, (await token.json()).token, query("count"));
  await expect.poll(() => witness.frames).toBeGreaterThan(0);
  await hide(true);
  const [drawn, received, shown] = [await drawings(), frames, await picture(widget(page, "CPU by core"))];
  for (let n = 2; n <= 41; n += 1) {
    const seen = witness.frames;
    await send(server, { stream: "load", fields: { n } });
    await expect.poll(() => witness.frames, { intervals: [5, 10, 20] }).toBeGreaterThan(seen);
  }
  expect(await drawings(), "nothing was painted").toBe(drawn);
  expect(await picture(widget(page, "CPU by core"))).toBe(shown);
  expect(await bigNumber(page, "Arrived")).toBe(1);
  // What it was granted before may still come; after that, nothing.
  expect(frames - received, "frames to a hidden page").toBeLessThanOrEqual(8);

  await hide(false);
  // Five times the 300 ms that it may take.
  await expect.poll(() => bigNumber(page, "Arrived"), { timeout: 1500, intervals: [20] }).toBe(41);
  await expect.poll(drawings).toBeGreaterThan(drawn);
  witness.close();
});
