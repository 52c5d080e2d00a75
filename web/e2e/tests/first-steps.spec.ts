import { bigNumber, picture, widget } from "../fixtures/board.ts";
import { connection, expect, signIn, test } from "../fixtures/journey.ts";
import { send } from "../fixtures/producer.ts";

/** From accepted to painted may take 120 ms at worst; slow and busy machines get room. */
const AT_ONCE_MS = 1500;

test("the printed address signs in once, and the charts of this machine move", async ({
  page,
  server,
  watch,
  anotherBrowser,
}) => {
  await signIn(page, server.signInUrl);
  expect(page.url()).not.toContain("token");
  await page.goBack().catch(() => null);
  expect(page.url(), "the token is not in the history either").not.toContain("token");
  await page.goto(`${server.url}/`);
  await expect(connection(page)).toHaveText(/^live · \d+ ms$/);

  const live = page.locator('.tb-widget:has([data-state="live"])');
  await expect.poll(() => live.count(), "live widgets").toBeGreaterThanOrEqual(8);
  const kinds = await live.evaluateAll((widgets) => widgets.map((one) => (one as HTMLElement).dataset.kind));
  expect(new Set(kinds).size).toBeGreaterThanOrEqual(5);

  for (const title of ["CPU by core", "Network", "Load", "Memory in use", "Received"]) {
    const chart = widget(page, title);
    await chart.scrollIntoViewIfNeeded();
    await expect.poll(() => picture(chart), `${title} is drawn`).toMatch(/^data:image\/png/);
    const before = await picture(chart);
    await expect.poll(() => picture(chart), `the picture of ${title} moves`).not.toBe(before);
  }
  const memory = await bigNumber(page, "Memory in use");
  expect(memory).toBeGreaterThan(0);
  expect(memory).toBeLessThanOrEqual(100);

  watch.expect(/status of 401/);
  const stranger = await (await anotherBrowser()).newPage();
  await stranger.goto(server.signInUrl);
  await expect(stranger.getByRole("alert")).toContainText("used before");
});

test("an event sent with the printed key appears in the feed at once", async ({ page, server }) => {
  await signIn(page, server.signInUrl);
  const feed = widget(page, "Your first events");
  await feed.scrollIntoViewIfNeeded();
  await expect(feed).toContainText("No events yet");

  await send(server, { stream: "hello", tags: { room: "kitchen" }, fields: { temperature: 21.4 } });
  await expect(feed.getByRole("listitem").first()).toContainText("temperature 21.4", { timeout: AT_ONCE_MS });
  await expect(feed).toContainText("kitchen");

  const answer = await fetch(`${server.url}/api/v2/write?bucket=any&precision=ms`, {
    method: "POST",
    headers: { authorization: `Token ${server.key}` },
    body: `hello,room=cellar humidity=61i ${Date.now()}\n`,
  });
  expect(answer.status).toBe(204);
  await expect(feed.getByRole("listitem").first()).toContainText("humidity 61", { timeout: AT_ONCE_MS });
  await expect(feed.getByRole("listitem")).toHaveCount(2);
});
