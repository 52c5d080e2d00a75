import { expect, signIn, test } from "../fixtures/journey.ts";
import { refusalOf } from "../fixtures/viewer.ts";

/** Only someone who is signed in reads these. */
const PERSONAL = [
  "/api/v1/session",
  "/api/v1/dashboards",
  "/api/v1/dashboards/this-machine",
  "/api/v1/keys",
  "/api/v1/streams",
  "/api/v1/account",
  "/api/v1/users",
  "/api/v1/invites",
  "/api/v1/teams",
  "/api/v1/audit",
];
/** These, any key opens as well. */
const OPERATION = ["/api/openapi.json", "/metrics"];

const CHANGES = [
  ["POST", "/api/v1/session/socket-token"],
  ["POST", "/api/v1/keys"],
  ["DELETE", "/api/v1/keys/any"],
  ["PUT", "/api/v1/dashboards/this-machine/personal-view"],
  ["DELETE", "/api/v1/dashboards/this-machine/personal-view"],
  ["POST", "/api/v1/events"],
  ["POST", "/api/v2/write"],
] as const;

test("a stranger sees nothing but the way to sign in", async ({ page, server, watch }) => {
  watch.expect(/status of 401/);
  for (const path of [...PERSONAL, ...OPERATION]) {
    const answer = await fetch(server.url + path);
    expect.soft(answer.status, path).toBe(401);
  }
  for (const [method, path] of CHANGES) {
    const headers = { "content-type": "application/json", "x-tideboard": "1" };
    const answer = await fetch(server.url + path, { method, headers, body: "{}" });
    expect.soft(answer.status, `${method} ${path}`).toBe(401);
  }
  for (const transport of ["websocket", "polling"] as const) {
    expect(await refusalOf(server, { protocol: 5 }, transport)).toBe("unauthorized");
    expect(await refusalOf(server, { protocol: 5, token: "tbf_guessed" }, transport)).toBe("unauthorized");
    expect(await refusalOf(server, {}, transport)).toBe("unauthorized");
  }

  for (const path of ["/", "/d/this-machine", "/keys", "/people", "/account", "/audit"]) {
    await page.goto(server.url + path);
    await expect(page).toHaveURL(/\/sign-in$/);
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    await expect(page.locator(".tb-widget")).toHaveCount(0);
  }
});

test("a key that may only write reads nothing", async ({ server }) => {
  for (const path of PERSONAL) {
    const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${server.key}` } });
    expect.soft(answer.status, path).toBe(403);
  }
});

test("signing out closes the live page in every tab", async ({ page, context, server, watch }) => {
  watch.expect(/status of 401/);
  const cut = { count: 0 };
  await signIn(page, server.signInUrl);
  const other = await context.newPage();
  other.on("websocket", (socket) => socket.on("close", () => (cut.count += 1)));
  await other.goto(`${server.url}/d/this-machine`);
  await expect(other.getByTestId("connection")).toHaveText(/^live/);

  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await expect.poll(() => cut.count, "the socket of the other tab is closed").toBe(1);
  await expect(other).toHaveURL(/\/sign-in$/);
  await expect(other.locator(".tb-widget")).toHaveCount(0);
  await page.goto(`${server.url}/d/this-machine`);
  await expect(page).toHaveURL(/\/sign-in$/);
});
