import { addWidgets, widget } from "../fixtures/board.ts";
import { expect, signIn, test } from "../fixtures/journey.ts";
import { send } from "../fixtures/producer.ts";

const MARKUP = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';

test("markup in events, tags, names and texts is shown, never run", async ({ page, server }) => {
  await signIn(page, server.signInUrl);
  const base = { stream: "evil", range: { last: 600_000 }, measures: [{ fn: "count" }], groupBy: ["who"] };
  await addWidgets(page, [
    {
      id: "evil-feed",
      kind: "feed",
      title: `Feed ${MARKUP}`,
      queries: { main: { stream: "evil", shape: "feed", limit: 5 } },
    },
    { id: "evil-table", kind: "table", title: "Evil table", queries: { main: { ...base, shape: "table" } } },
    { id: "evil-bars", kind: "barlist", title: "Evil bars", queries: { main: { ...base, shape: "table" } } },
    {
      id: "evil-lines",
      kind: "timeseries",
      title: "Evil lines",
      queries: { main: { ...base, shape: "series", bucket: 1000 } },
      options: { legend: "bottom" },
    },
    {
      id: "evil-text",
      kind: "text",
      title: "Evil text",
      options: { text: `${MARKUP}\n\n[link](javascript:document.title='owned')` },
    },
  ]);
  await send(server, { stream: "evil", tags: { who: MARKUP }, fields: { message: MARKUP, other: MARKUP } });

  for (const title of [`Feed ${MARKUP}`, "Evil table", "Evil bars", "Evil lines", "Evil text"]) {
    await expect.soft(widget(page, title).locator(".tb-widget-body"), title).toContainText("<img src=x onerror=");
  }
  await widget(page, "Evil lines").locator(".u-over").hover();
  await widget(page, "Evil lines").getByRole("button", { name: "Show as a table" }).press("Enter");
  await expect(page.locator("main img, main script, main [onerror], main a[href^='javascript' i]")).toHaveCount(0);
  await expect(page).toHaveTitle("This machine · Tideboard");
});
