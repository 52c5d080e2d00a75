import type { BrowserContextOptions, Page } from "@playwright/test";
import { addWidgets, bigNumber, places, settled, widget } from "../fixtures/board.ts";
import { Frames } from "../fixtures/frames.ts";
import { connection, expect, signIn, nodesTest as test } from "../fixtures/journey.ts";
import type { Nodes } from "../fixtures/nodes.ts";
import { Producer, send } from "../fixtures/producer.ts";
import { keepVigil } from "../fixtures/vigil.ts";

// Seven servers are started for each.
test.describe.configure({ timeout: 180_000 });

const HOUR_MS = 3_600_000;
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
/** What a promise of one second is given on a slow machine. */
const SECOND_MS = 5_000;

/** The end of a silence is told only after one that somebody may have noticed. */
const NOTICEABLE_MS = 4_000;

const total = (measure: object) => ({
  main: { stream: "load", shape: "table", measures: [measure], range: { last: HOUR_MS } },
});
const WIDGETS = [
  { id: "my-count", kind: "number", title: "Arrived", queries: total({ fn: "count" }), options: { decimals: 0 } },
  {
    id: "my-sum",
    kind: "number",
    title: "Added up",
    queries: total({ fn: "sum", field: "n" }),
    options: { decimals: 0 },
  },
  {
    id: "my-rate",
    kind: "timeseries",
    title: "Per second",
    queries: {
      main: { stream: "load", shape: "series", measures: [{ fn: "count" }], range: { last: 300_000 }, bucket: 1000 },
    },
  },
];
const TITLES = WIDGETS.map(({ title }) => title);
/** Reasons that would say that the log is not the one from before. */
const LOSSES = ["epoch", "ahead", "unproved", "expired"];

/** Prints what was measured, beside the journey's name. */
function measured(what: string, ms: number): void {
  test.info().annotations.push({ type: what, description: `${Math.round(ms)} ms` });
  process.stdout.write(`      ${what}: ${Math.round(ms)} ms\n`);
}

/** Signs in and waits until the counters move. */
async function openBoard(page: Page, nodes: Nodes): Promise<void> {
  await signIn(page, await nodes.newSignInUrl());
  await addWidgets(page, WIDGETS);
  await expect(connection(page)).toHaveText(/^live/);
}

/** Opens the same board elsewhere. */
async function openAgain(page: Page, nodes: Nodes): Promise<void> {
  await signIn(page, await nodes.newSignInUrl());
  await expect(widget(page, "Arrived")).toBeVisible();
}

/** Reloads a page until it hangs on another node than the viewer that is there already. */
async function apart(page: Page, nodes: Nodes): Promise<void> {
  await expect(async () => {
    if ((await nodes.holders(2)).length === 2) return;
    await page.reload();
    await expect(connection(page)).toHaveText(/^live/);
    expect(await nodes.holders(2)).toHaveLength(2);
  }).toPass({ timeout: 30_000 });
}

async function expectExact(page: Page, producer: Producer, why: string): Promise<void> {
  await expect
    .poll(() => bigNumber(page, "Arrived"), { message: `${why}: lost or double` })
    .toBe(producer.acknowledged);
  await expect.poll(() => bigNumber(page, "Added up"), { message: `${why}: not those` }).toBe(producer.sum);
}

test("kill the node I am on: the dashboard carries on on another one, with nothing lost and nothing double", async ({
  page,
  nodes,
  watch,
  anotherBrowser,
}) => {
  watch.expectCuts();
  const frames = new Frames(page);
  const producer = new Producer(nodes);
  await openBoard(page, nodes);
  const [mine] = await nodes.holders();
  const hand = await (await anotherBrowser(PHONE)).newPage();
  await openAgain(hand, nodes);
  await expect.poll(() => bigNumber(hand, "Arrived")).toBeGreaterThan(100);
  const [seen, seenInHand] = [await keepVigil(page, TITLES), await keepVigil(hand, TITLES)];

  const socket = frames.sockets.at(-1);
  await mine?.kill();
  const killedAt = Date.now();
  await expect.poll(() => socket?.closedAt, { intervals: [5] }).toEqual(expect.any(Number));
  const kept = await bigNumber(page, "Arrived");
  await expect.poll(() => bigNumber(page, "Arrived"), { intervals: [10] }).toBeGreaterThan(kept);
  const carriedOnMs = Date.now() - killedAt;
  measured("connected again after", (frames.sockets.at(-1)?.openedAt ?? 0) - killedAt);
  measured("carried on after", carriedOnMs);
  // A second to notice and to come back, and a second to fill the gap.
  expect(carriedOnMs, "from the kill to newer numbers").toBeLessThan(2 * SECOND_MS);
  await expect.poll(() => bigNumber(page, "Arrived")).toBeGreaterThan(kept + 200);
  expect(await nodes.holders(2), "both are on other nodes").not.toContain(mine);

  await producer.stop();
  await expectExact(page, producer, "the page");
  await expectExact(hand, producer, "the phone");
  expect(frames.firstOfLast({ stream: "load", shape: "series" }), "what was missed came as a difference").toEqual([
    "diff",
  ]);
  expect([...frames.reasons].filter((reason) => LOSSES.includes(reason))).toEqual([]);
  for (const { blank } of [await seen(), await seenInHand()]) expect(blank, "never blank").toEqual([]);
  await page.reload();
  await expectExact(page, producer, "from the log alone");
});

test("a rolling restart of all nodes leaves no gap that anybody sees", async ({ page, nodes, watch }) => {
  watch.expectCuts();
  const frames = new Frames(page);
  const producer = new Producer(nodes);
  await openBoard(page, nodes);
  await expect.poll(() => bigNumber(page, "Arrived")).toBeGreaterThan(50);
  const seen = await keepVigil(page, TITLES);
  for (const node of nodes.all) {
    await node.stop();
    await node.restart();
    await nodes.untilReady(node);
    const before = await bigNumber(page, "Arrived");
    await expect.poll(() => bigNumber(page, "Arrived")).toBeGreaterThan(before);
  }
  await producer.stop();
  await expectExact(page, producer, "the page");
  const { longestReconnectingMs, blank, words } = await seen();
  measured("longest without a connection", longestReconnectingMs);
  const [first, ...others] = frames.sockets.map(({ openedAt, closedAt }) => ({ openedAt, closedAt }));
  const gaps = others.map(
    ({ openedAt }, index) => openedAt - ((index === 0 ? first : others[index - 1])?.closedAt ?? openedAt),
  );
  measured("longest between two sockets", Math.max(0, ...gaps));
  expect(frames.sockets.length, "it was moved to another node").toBeGreaterThan(1);
  expect(longestReconnectingMs, words.join(" → ")).toBeLessThan(1000);
  expect(blank).toEqual([]);
  expect([...frames.reasons].filter((reason) => LOSSES.includes(reason))).toEqual([]);
});

test("while Redis stands still the page says since when, and goes on by itself with nothing lost", async ({
  page,
  nodes,
  watch,
  anotherBrowser,
}) => {
  watch.expect(/status of 50[0-9]/);
  const producer = new Producer(nodes);
  await openBoard(page, nodes);
  const hand = await (await anotherBrowser(PHONE)).newPage();
  await openAgain(hand, nodes);
  await expect.poll(() => bigNumber(hand, "Arrived")).toBeGreaterThan(50);
  const [seen, seenInHand] = [await keepVigil(page, TITLES), await keepVigil(hand, TITLES)];

  await nodes.services.tell("pause redis");
  const pausedAt = Date.now();
  for (const screen of [page, hand]) {
    await expect(connection(screen)).toContainText("stale");
    await expect(widget(screen, "Arrived").locator('.tb-widget-body[data-state="disconnected"]')).toBeVisible();
  }
  measured("said to be stale after", Date.now() - pausedAt);
  await expect(connection(page)).toHaveText(/^stale since \d\d:\d\d:\d\d$/);
  const kept = await bigNumber(page, "Arrived");
  expect(kept, "the picture is kept").toBeGreaterThan(50);
  await expect.poll(() => Date.now() - pausedAt).toBeGreaterThan(NOTICEABLE_MS);

  await nodes.services.tell("resume redis");
  const resumedAt = Date.now();
  await expect.poll(() => bigNumber(page, "Arrived"), { intervals: [20] }).toBeGreaterThan(kept);
  measured("newer numbers after", Date.now() - resumedAt);
  await expect(connection(page)).toHaveText(/^live/);
  await expect(page.getByText(/^Up to date again after/)).toBeVisible();
  await expect.poll(() => bigNumber(page, "Arrived")).toBeGreaterThan(kept + 50);
  await producer.stop();
  await expectExact(page, producer, "the page");
  await expectExact(hand, producer, "the phone");
  for (const { blank, longestReconnectingMs } of [await seen(), await seenInHand()]) {
    expect(blank, "never blank").toEqual([]);
    expect(longestReconnectingMs, "it had its connection all the time").toBe(0);
  }
});

test("a Redis that comes back without its data is told of, and the page gets whole again without a reload", async ({
  page,
  nodes,
  watch,
}) => {
  watch.expect(/status of 50[0-9]/);
  await openBoard(page, nodes);
  for (const n of [1, 2, 3, 4]) await send(nodes, { stream: "load", fields: { n } });
  await expect.poll(() => bigNumber(page, "Added up")).toBe(10);
  await page.evaluate(() => Object.assign(window, { sameVisit: true }));

  await nodes.services.tell("wipe redis");
  await expect(page.getByText(/^The server lost its earlier events/)).toBeVisible();
  await expect(connection(page)).toHaveText(/^live/);
  await expect(async () => await send(nodes, { stream: "load", fields: { n: 7 } }, "after")).toPass({
    timeout: 30_000,
  });
  await expect.poll(() => bigNumber(page, "Arrived")).toBe(1);
  await expect.poll(() => bigNumber(page, "Added up")).toBe(7);
  expect(await page.evaluate(() => "sameVisit" in window)).toBe(true);
});

test("a widget that is moved on one node moves on the other, under whatever is done there", async ({
  page,
  nodes,
  anotherBrowser,
}) => {
  await openBoard(page, nodes);
  await send(nodes, { stream: "load", fields: { n: 1 } });
  const other = await (await anotherBrowser({ viewport: { width: 1440, height: 900 } })).newPage();
  await openAgain(other, nodes);
  await apart(other, nodes);
  await other.evaluate(() => Object.assign(window, { sameVisit: true }));
  const before = await settled(other);

  await page.getByRole("button", { name: "Arrange" }).click();
  await page.getByRole("button", { name: /^Move Per second:/ }).focus();
  await page.keyboard.press("Shift+ArrowDown");
  await expect(page.locator("main")).toHaveAttribute("data-save", "saved");
  const savedAt = Date.now();
  const height = async (screen: Page) => (await places(screen))["my-rate"]?.[3] ?? 0;
  await expect.poll(() => height(other), { intervals: [20] }).toBeGreaterThan(before["my-rate"]?.[3] ?? 0);
  measured("a saved layout on another node after", Date.now() - savedAt);
  expect(Date.now() - savedAt).toBeLessThan(SECOND_MS);
  await expect(other.getByText("Your view was changed in another window")).toBeVisible();

  // The other one is dragging while this one takes a widget away.
  await other.getByRole("button", { name: "Arrange" }).click();
  await settled(other);
  const box = await widget(other, "Arrived").boundingBox();
  if (!box) throw new Error("Arrived is not on the screen");
  await other.mouse.move(box.x + 60, box.y + 14);
  await other.mouse.down();
  await other.mouse.move(box.x + 60, box.y + 160, { steps: 8 });
  // Before it is taken away: the other may hear of it before this page knows that it is saved.
  const heard = other.waitForResponse((answer) => answer.url().endsWith("/dashboards/this-machine"));
  await page.getByRole("button", { name: "Remove Added up" }).click();
  await expect(page.locator("main")).toHaveAttribute("data-save", "saved");
  await heard;
  await expect(widget(other, "Added up"), "nothing moves under the hand").toBeVisible();
  await other.mouse.move(box.x + 60, box.y + 400, { steps: 8 });
  await other.mouse.up();
  await expect(widget(other, "Added up")).toHaveCount(0);
  await expect(other.locator("main")).toHaveAttribute("data-save", "saved");
  const dragged = await settled(other);
  expect(dragged["my-count"]?.[1], "what was dragged stays where it was let go").toBeGreaterThan(
    before["my-count"]?.[1] ?? 0,
  );
  await expect.poll(async () => (await places(page))["my-count"]?.[1]).toBe(dragged["my-count"]?.[1]);
  expect(await other.evaluate(() => "sameVisit" in window)).toBe(true);
});

test("signing out on one node ends the same sign-in on another", async ({ page, nodes, watch, anotherBrowser }) => {
  watch.expect(/status of 401/);
  await openBoard(page, nodes);
  const elsewhere = await (await anotherBrowser({ storageState: await page.context().storageState() })).newPage();
  await elsewhere.goto(page.url());
  await expect(connection(elsewhere)).toHaveText(/^live/);
  await apart(elsewhere, nodes);
  await elsewhere.getByRole("button", { name: "Account" }).click();
  await elsewhere.getByRole("button", { name: "Sign out" }).click();
  const signedOutAt = Date.now();
  await expect(page).toHaveURL(/\/sign-in$/, { timeout: SECOND_MS });
  measured("signed out elsewhere after", Date.now() - signedOutAt);
  expect(await nodes.holders(0)).toEqual([]);
});

test("without PostgreSQL the dashboard goes on", async ({ page, nodes, watch }) => {
  watch.expect(/status of 50[0-9]/);
  const producer = new Producer(nodes);
  await openBoard(page, nodes);
  await expect.poll(() => bigNumber(page, "Arrived")).toBeGreaterThan(50);
  const seen = await keepVigil(page, TITLES);
  await nodes.services.tell("stop postgres");
  const before = await bigNumber(page, "Arrived");
  await expect.poll(() => bigNumber(page, "Arrived")).toBeGreaterThan(before + 500);
  await expect(connection(page)).toHaveText(/^live/);
  await nodes.services.tell("restart postgres");
  await producer.stop();
  await expectExact(page, producer, "the page");
  const { blank, words } = await seen();
  expect(blank).toEqual([]);
  expect(
    words.filter((word) => !word.startsWith("live")),
    "it said nothing else",
  ).toEqual([]);
  await page.goto(`${nodes.url}/dashboards`);
  await expect(page.getByRole("main").getByRole("link").first()).toBeVisible();
});

test("a killed balancer leaves the picture, and all go on through the one that takes its place", async ({
  page,
  nodes,
  watch,
}) => {
  watch.expectCuts();
  const frames = new Frames(page);
  const producer = new Producer(nodes);
  await openBoard(page, nodes);
  await expect.poll(() => bigNumber(page, "Arrived")).toBeGreaterThan(50);
  const seen = await keepVigil(page, TITLES);
  await nodes.services.tell("kill haproxy");
  await expect(connection(page)).toHaveText(/^reconnecting… since \d\d:\d\d:\d\d$/);
  await expect(widget(page, "Arrived").locator('.tb-widget-body[data-state="disconnected"]')).toBeVisible();
  const kept = await bigNumber(page, "Arrived");
  await nodes.services.tell("restart haproxy");
  await expect.poll(() => bigNumber(page, "Arrived")).toBeGreaterThan(kept + 50);
  await expect(connection(page)).toHaveText(/^live/);
  await producer.stop();
  await expectExact(page, producer, "the page");
  expect((await seen()).blank).toEqual([]);
  expect([...frames.reasons].filter((reason) => LOSSES.includes(reason))).toEqual([]);
});
