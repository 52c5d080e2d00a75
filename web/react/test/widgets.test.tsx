import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  levelOf,
  TideboardProvider,
  useView,
  WIDGET_KINDS,
  Widget,
  type WidgetSpec,
  widgetKind,
} from "../src/index.ts";
import { levelOfTag } from "../src/widgets/feed/item.ts";
import { Ranking } from "../src/widgets/ranking.ts";
import { Markdown, safeHref } from "../src/widgets/text/markdown.tsx";
import { event, FakeClient, type FakeView, feed, table } from "./fake-client.ts";

const TABLE = {
  stream: "host.process",
  shape: "table" as const,
  measures: [{ fn: "avg" as const, field: "cpu" }],
  groupBy: ["process"],
  range: { last: 60_000 },
};

let client: FakeClient;

function Count() {
  const { data } = useView(TABLE);
  return <output>{data?.rows.size ?? "none"}</output>;
}

beforeEach(() => {
  client = new FakeClient();
  // Elements have no size without a browser's layout, and nothing is painted into none.
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(320);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(200);
});

afterEach(cleanup);

function show(widget: Partial<WidgetSpec> & { kind: string }) {
  const spec: WidgetSpec = { id: "w", title: "Load", queries: {}, options: {}, ...widget };
  return render(
    <TideboardProvider client={client}>
      <Widget widget={spec} />
    </TideboardProvider>,
  );
}

function view(): FakeView {
  const [first] = client.views.values();
  if (!first) throw new Error("no view was opened");
  return first;
}

async function painted(): Promise<void> {
  await act(async () => {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    await new Promise((resolve) => requestAnimationFrame(resolve));
  });
}

test("every kind that documents use is in the registry, once", () => {
  const kinds = WIDGET_KINDS.map(({ kind }) => kind);
  expect(kinds).toEqual(["timeseries", "number", "gauge", "barlist", "table", "feed", "text"]);
  expect(widgetKind("pie")).toBeUndefined();
});

test("an unknown kind is named instead of breaking the page", () => {
  show({ kind: "hologram" });
  expect(screen.getByText(/hologram/)).toBeTruthy();
});

test("a widget waits with a skeleton, then shows data, and a later refresh never blanks", async () => {
  const { container } = show({ kind: "table", queries: { main: TABLE } });
  expect(screen.getByText(/Waiting for the first data/)).toBeTruthy();
  act(() => view().change(table({ postgres: 12.5 })));
  await painted();
  expect(screen.queryByText(/Waiting/)).toBeNull();
  expect(container.querySelector("tbody")?.textContent).toContain("postgres");
  act(() => view().change(table({ postgres: 13 }, 2)));
  await painted();
  expect(screen.queryByText(/Waiting/)).toBeNull();
  expect(container.querySelector("tbody")?.textContent).toContain("13");
});

test("a refused view says why and what to do, and offers to try again where that can help", () => {
  show({ kind: "table", queries: { main: TABLE } });
  const problem = {
    code: "view_too_large",
    title: "The view is too large",
    detail: "It has 900 groups.",
    retry: "never",
  } as const;
  act(() => view().fail({ kind: "failed", problem, retrying: false }));
  expect(screen.getByText("It has 900 groups.")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
  act(() => view().fail({ kind: "failed", problem: { ...problem, retry: "after_delay" }, retrying: true }));
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(view().retries).toBe(1);
});

test("an empty widget says why", () => {
  show({ kind: "table", queries: { main: TABLE } });
  act(() => view().change(table({})));
  expect(screen.getByText(/Nothing came in during the last 60 s/)).toBeTruthy();
});

test("a table sorts by the column that is pressed", async () => {
  const { container } = show({ kind: "table", queries: { main: TABLE } });
  act(() => view().change(table({ b: 2, a: 1, c: 3 })));
  await painted();
  const names = () => [...container.querySelectorAll("tbody tr")].map((row) => row.firstChild?.textContent);
  expect(names()).toEqual(["c", "b", "a"]);
  fireEvent.click(screen.getByRole("button", { name: "process" }));
  await painted();
  expect(names()).toEqual(["a", "b", "c"]);
});

test("a feed shows the newest first, says what it skipped, and stands still under the pointer", async () => {
  const { container } = show({ kind: "feed", queries: { main: { stream: "log", shape: "feed" } } });
  act(() => view().change(feed([event(1, "one"), event(2, "two", 3)])));
  await painted();
  const messages = () => [...container.querySelectorAll(".tb-feed-message")].map((element) => element.textContent);
  expect(messages()).toEqual(["two", "one"]);
  expect(screen.getByText("3 more came in between")).toBeTruthy();
  const scroller = container.querySelector(".tb-feed-scroll");
  if (!scroller) throw new Error("no scroller");
  fireEvent.pointerEnter(scroller);
  act(() => view().change(feed([event(1, "one"), event(2, "two", 3), event(3, "three")])));
  await painted();
  expect(messages()).toEqual(["two", "one"]);
  fireEvent.click(screen.getByRole("button", { name: /1 new/ }));
  await painted();
  expect(messages()).toEqual(["three", "two", "one"]);
});

test("a picture is described for those who cannot see it, and its numbers come as a table on demand", async () => {
  show({ kind: "barlist", queries: { main: TABLE }, options: { unit: "percent" } });
  act(() => view().change(table({ postgres: 12.5, redis: 3 })));
  await painted();
  expect(screen.getByRole("img")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Show as a table" }));
  expect(screen.getByRole("rowheader", { name: "postgres" })).toBeTruthy();
});

test("a closed widget gives its view back", () => {
  const { unmount } = show({ kind: "table", queries: { main: TABLE } });
  const opened = view();
  unmount();
  expect(opened.closed).toBe(1);
});

test("useView renders again with every frame", () => {
  render(
    <TideboardProvider client={client}>
      <Count />
    </TideboardProvider>,
  );
  expect(screen.getByRole("status").textContent).toBe("0");
  act(() => view().change(table({ a: 1, b: 2 })));
  expect(screen.getByRole("status").textContent).toBe("2");
});

test("text is Markdown without HTML, foreign pictures and unsafe links", () => {
  const { container } = render(
    <Markdown
      text={
        "# Hi\n\n**bold** <img src=x onerror=alert(1)> ![pic](https://example.org/x.png) [bad](javascript:alert(1)) [good](/d/x)"
      }
    />,
  );
  expect(container.querySelector("img, script")).toBeNull();
  expect(container.querySelector("strong")?.textContent).toBe("bold");
  expect([...container.querySelectorAll("a")].map((link) => link.getAttribute("href"))).toEqual(["/d/x"]);
});

test.each([
  ["https://example.org", true],
  ["mailto:a@example.org", true],
  ["/d/shop", true],
  ["#part", true],
  ["javascript:alert(1)", false],
  ["JaVaScRiPt:alert(1)", false],
  ["data:text/html,x", false],
  ["//example.org", false],
])("whether %s may be followed: %s", (href, safe) => {
  expect(safeHref(href) !== null).toBe(safe);
});

test("a threshold holds from its value on, the highest reached wins", () => {
  const thresholds = [
    { at: 90, color: "bad" },
    { at: 0, color: "ok" },
    { at: 70, color: "warn" },
  ] as const;
  expect(levelOf(-1, thresholds)).toBeNull();
  expect(levelOf(69.9, thresholds)).toBe("ok");
  expect(levelOf(70, thresholds)).toBe("warn");
  expect(levelOf(95, thresholds)).toBe("bad");
  expect(levelOf(null, thresholds)).toBeNull();
});

test("only tags that tell a level are coloured", () => {
  expect(levelOfTag("level", "ERROR")).toBe("bad");
  expect(levelOfTag("severity", "warning")).toBe("warn");
  expect(levelOfTag("region", "error")).toBeNull();
});

test("rows change places at most once a second, but come and go at once", () => {
  const ranking = new Ranking();
  const rows = (values: Record<string, number>) =>
    Object.entries(values).map(([key, value]) => ({ key, labels: [key], values: [value] }));
  const rank = (values: Record<string, number>, now: number) =>
    ranking.rank(rows(values), (a, b) => (b.values[0] ?? 0) - (a.values[0] ?? 0), now).map(({ key }) => key);
  expect(rank({ a: 1, b: 2 }, 0)).toEqual(["b", "a"]);
  expect(rank({ a: 3, b: 2 }, 500)).toEqual(["b", "a"]);
  expect(rank({ a: 3, b: 2 }, 1000)).toEqual(["a", "b"]);
  expect(rank({ a: 3, b: 2, c: 9 }, 1100)).toEqual(["c", "a", "b"]);
  expect(rank({ a: 3, c: 9 }, 1200)).toEqual(["c", "a"]);
});
