import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { widget } from "../fixtures/board.ts";
import { connection, expect, signIn, test } from "../fixtures/journey.ts";
import { send } from "../fixtures/producer.ts";

const PASSWORD = "three green tides at dawn";
/** What must hold within a second, with room for a busy machine. */
const SOON_MS = 5000;

/** Invites someone on the owner's page, and returns the link. */
async function invite(page: Page, url: string, note: string, role: string): Promise<string> {
  await page.goto(`${url}/people`);
  await page
    .getByRole("link", { name: "Invites" })
    .or(page.getByRole("tab", { name: "Invites" }))
    .click();
  await page.getByLabel("For whom?").fill(note);
  await page.getByLabel("Role").selectOption({ label: role });
  await page.getByRole("button", { name: "Create link" }).click();
  return (await page.locator(".secret code").textContent()) ?? "";
}

async function join(page: Page, link: string, login: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel("Name", { exact: true }).fill("Ana");
  await page.getByLabel("Login").fill(login);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Join" }).click();
  await expect(page).toHaveURL(/\/d\/[a-z-]+$/);
  await expect(connection(page)).toHaveText(/^live/);
}

const accountMenu = (page: Page) => page.getByRole("button", { name: "Account" }).click();

test("a role that is changed in one window takes effect in another within a second", async ({
  page,
  server,
  anotherBrowser,
}) => {
  await signIn(page, server.signInUrl);
  const other = await (await anotherBrowser()).newPage();
  await join(other, await invite(page, server.url, "Ana", "Viewer"), "ana");
  await accountMenu(other);
  await expect(other.getByRole("link", { name: "People" })).toHaveCount(0);
  await other.keyboard.press("Escape");
  await other.evaluate(() => Object.assign(window, { sameVisit: true }));

  await page.goto(`${server.url}/people`);
  await page.getByLabel("Role of Ana").selectOption({ label: "Admin" });
  const act = page.getByRole("button", { name: "Change role" });
  const changed = Date.now();
  await act.click();
  await expect(other.getByText("Your role is now admin")).toBeVisible({ timeout: SOON_MS });
  const after = Date.now() - changed;
  test.info().annotations.push({ type: "seen after", description: `${after} ms` });
  await accountMenu(other);
  await expect(other.getByRole("link", { name: "People" })).toBeVisible();
  await other.keyboard.press("Escape");
  await expect(connection(other)).toHaveText(/^live/);

  // And away again, while the page of people is open there.
  await other.goto(`${server.url}/people`);
  await expect(other.getByLabel("Role of Ana")).toBeVisible();
  await page.getByLabel("Role of Ana").selectOption({ label: "Viewer" });
  await act.click();
  await expect(other.getByText("No permission")).toBeVisible({ timeout: SOON_MS });
});

test("who is signed out by an admin sees why, and signs in again by password", async ({
  page,
  server,
  watch,
  anotherBrowser,
}) => {
  watch.expect(/status of 401/);
  await signIn(page, server.signInUrl);
  const other = await (await anotherBrowser()).newPage();
  await join(other, await invite(page, server.url, "Ana", "Viewer"), "ana");
  await page.goto(`${server.url}/people`);
  await page.getByRole("link", { name: "Ana" }).click();
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(other).toHaveURL(/\/sign-in$/, { timeout: SOON_MS });
  await expect(other.getByText("You were signed out")).toBeVisible();
  await expect(other.locator(".tb-widget")).toHaveCount(0);
  await other.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await other.getByRole("button", { name: "Sign in" }).click();
  await expect(connection(other)).toHaveText(/^live/);
});

test("what someone may see no longer is gone from the screen within a second", async ({
  page,
  server,
  anotherBrowser,
}) => {
  await signIn(page, server.signInUrl);
  for (const region of ["eu", "us"]) {
    await send(server, { stream: "hello", tags: { region }, fields: { value: 1 } });
  }
  const other = await (await anotherBrowser()).newPage();
  await join(other, await invite(page, server.url, "Ana", "Viewer"), "ana");
  const feed = widget(other, "Your first events");
  await feed.scrollIntoViewIfNeeded();
  await expect(feed.getByRole("listitem")).toHaveCount(2);
  await expect(feed).toContainText("us");
  await page.goto(`${server.url}/people`);
  await page.getByRole("link", { name: "Ana" }).click();
  await page.getByRole("button", { name: "Add a tag" }).click();
  await page.getByLabel("Tag", { exact: true }).fill("region");
  await page.getByLabel("One of these values").fill("eu");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(other.getByText("What you may see was changed")).toBeVisible({ timeout: SOON_MS });
  await expect(feed.getByRole("listitem")).toHaveCount(1);
  await expect(feed).not.toContainText("us");
  await expect(connection(other)).toHaveText(/^live/);
});

/** A page of another origin that tries everything a browser lets it. */
const HOSTILE = `<!doctype html><title>hostile</title><script>
const target = new URLSearchParams(location.search).get("target");
const tries = {
  refresh: () => fetch(target + "/api/v1/session/refresh", { method: "POST", credentials: "include" }).then((a) => a.status),
  marked: () => fetch(target + "/api/v1/session/refresh", { method: "POST", credentials: "include", headers: { "x-tideboard": "1" } }).then((a) => a.status),
  blind: () => fetch(target + "/api/v1/session/refresh", { method: "POST", credentials: "include", mode: "no-cors" }).then((a) => a.type),
  read: () => fetch(target + "/api/v1/session", { credentials: "include" }).then((a) => a.status),
  polling: () => fetch(target + "/socket.io/?EIO=4&transport=polling", { credentials: "include" }).then((a) => a.status),
  websocket: () => new Promise((done, failed) => {
    const socket = new WebSocket(target.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket");
    socket.onopen = () => done("open");
    socket.onerror = () => failed(new Error("closed"));
  }),
  frame: () => new Promise((done) => {
    const frame = document.createElement("iframe");
    frame.onload = () => { try { done(frame.contentDocument === null ? "closed" : "open"); } catch { done("closed"); } };
    frame.src = target + "/";
    document.body.append(frame);
  }),
};
window.outcome = (async () => {
  const said = {};
  for (const [name, attempt] of Object.entries(tries)) said[name] = await attempt().catch(() => "refused");
  return said;
})();
</script><body></body>`;

async function hostilePage(): Promise<{ url: string; close: () => Promise<void> }> {
  const server: HttpServer = createServer((_, answer) => {
    answer.setHeader("content-type", "text/html");
    answer.end(HOSTILE);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  // Another port is another origin, and the same site: SameSite alone holds nothing off here.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

test("a page of another origin opens nothing in the name of who is signed in", async ({
  page,
  context,
  server,
  watch,
}) => {
  watch.expect(/./);
  await signIn(page, server.signInUrl);
  const cookies = await context.cookies();
  const hostile = await hostilePage();
  try {
    const other = await context.newPage();
    await other.goto(`${hostile.url}/?target=${encodeURIComponent(server.url)}`);
    const said = await other.evaluate(() => (window as unknown as { outcome: Promise<unknown> }).outcome);
    expect(said).toEqual({
      refresh: "refused",
      marked: "refused",
      blind: "refused",
      read: "refused",
      polling: "refused",
      websocket: "refused",
      frame: "closed",
    });
  } finally {
    await hostile.close();
  }
  expect(await context.cookies(), "not even the blind request exchanged the session's secret").toEqual(cookies);
  await page.reload();
  await expect(connection(page)).toHaveText(/^live/);
});
