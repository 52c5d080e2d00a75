import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { type Client, createClient, PROTOCOL, type TransportEvent } from "@tideboard/client";
import { systemClock } from "@tideboard/client/socketio";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { access } from "../src/api/http.ts";
import type { Person } from "../src/api/people.ts";
import { createQueryClient } from "../src/api/queries.ts";
import { draftOf, reachOf, summary } from "../src/forms/reach.ts";
import { strengthOf } from "../src/forms/strength.ts";
import { Changes } from "../src/live/changes.ts";
import { deviceOf } from "../src/pages/device.ts";
import { App } from "../src/shell/app.tsx";
import { useToasts } from "../src/shell/toasts.tsx";
import { body, FakeServer, json, REFUSED } from "./fake-server.ts";

let server: FakeServer;
let client: Client;
let tell: (event: TransportEvent) => void;

beforeEach(() => {
  access.forget();
  localStorage.clear();
  sessionStorage.clear();
  useToasts.setState({ toasts: [] });
  server = new FakeServer();
});

afterEach(() => {
  cleanup();
  access.forget();
});

// Not after each: what a page still asks when it goes away must not leave the machine.
afterAll(() => {
  vi.unstubAllGlobals();
});

function open(path: string): void {
  window.history.replaceState(null, "", path);
  client = createClient({
    clock: systemClock,
    random: () => 0.5,
    token: async () => ({ token: "tbs" }),
    transport: {
      open: (_auth, listener) => {
        tell = listener;
        return { send: () => {}, request: () => {}, close: () => {} };
      },
    },
  });
  render(<App client={client} queries={createQueryClient()} changes={new Changes(client, () => 0)} />);
}

/** The live connection stands. */
async function connected(): Promise<void> {
  await waitFor(() => expect(tell).toBeTypeOf("function"));
  tell({ kind: "opened", transport: "websocket" });
  message("hello", { protocol: PROTOCOL, now: Date.now(), credit: 8, maxMessageBytes: 262_144 });
}

const message = (name: string, payload: unknown) => tell({ kind: "message", name, payload });
const type = (label: string | RegExp, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });
const press = (name: string | RegExp) => fireEvent.click(screen.getByRole("button", { name }));
const bodies = (method: string, path: string) => server.to(method, path).map((call) => call.body);

test("whoever has a login signs in with it, and with a code where that is asked for", async () => {
  localStorage.setItem("tideboard.login", "ana");
  const wanted = { code: "second_factor", title: "Code", detail: "That code is wrong.", retry: "never" };
  server.routes["POST /api/v1/session"] = ({ body: sent }) =>
    (sent as { code?: string }).code === "123456" ? json(body({ login: "ana" })) : json(wanted, 401);
  open("/sign-in");
  await screen.findByLabelText("Password");
  expect(screen.getByLabelText<HTMLInputElement>("Login").value).toBe("ana");
  type("Password", "correct horse battery");
  press("Sign in");
  const code = await screen.findByLabelText("Code");
  expect(screen.queryByRole("alert"), "asking for a code is no fault").toBeNull();
  await waitFor(() => expect(document.activeElement).toBe(code));
  fireEvent.change(code, { target: { value: "000000" } });
  press("Sign in");
  expect((await screen.findByRole("alert")).textContent).toContain("wrong");
  type("Code", "123456");
  press("Sign in");
  await waitFor(() => expect(window.location.pathname).toBe("/dashboards"));
  expect(bodies("POST", "/api/v1/session")).toEqual([
    { login: "ana", password: "correct horse battery" },
    { login: "ana", password: "correct horse battery", code: "000000" },
    { login: "ana", password: "correct horse battery", code: "123456" },
  ]);
});

test("a wrong password is told in place, and the way by link stays open", async () => {
  server.routes["POST /api/v1/session"] = () => json({ ...REFUSED, detail: "Login or password is wrong." }, 401);
  open("/sign-in");
  await screen.findByLabelText("Address or token");
  press("Use a password instead");
  type("Login", "ana");
  type("Password", "wrong");
  press("Sign in");
  expect((await screen.findByRole("alert")).textContent).toBe("Login or password is wrong.");
  expect(server.to("POST", "/api/v1/session/refresh"), "a refused sign-in is no session to renew").toHaveLength(0);
  press("Use a one-time link instead");
  expect(screen.getByLabelText("Address or token")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("an invite is taken up with a name, a login and a password, and leads in", async () => {
  server.routes["POST /api/v1/invites/info"] = () => json({ role: "viewer", note: "Ana", invitedBy: "Olga" });
  const taken = { code: "conflict", title: "Taken", detail: "Taken.", retry: "never" };
  server.routes["POST /api/v1/invites/accept"] = ({ body: sent }) =>
    (sent as { login: string }).login === "olga"
      ? json({ ...taken, errors: [{ pointer: "/login", detail: "This login is taken." }] }, 409)
      : json(body({ id: "ana", name: "Ana", login: "ana", role: "viewer" }));
  open("/invite#token=tbi_secret");
  expect(await screen.findByText("Olga invites you, as a viewer.")).toBeTruthy();
  expect(window.location.hash).toBe("");
  type("Name", "Ana");
  type("Login", "olga");
  type("Password", "short");
  expect(screen.getByText("7 more characters")).toBeTruthy();
  type("Password", "long enough to be good");
  press("Join");
  expect((await screen.findByRole("alert")).textContent).toBe("This login is taken.");
  type("Login", "ana");
  press("Join");
  await waitFor(() => expect(window.location.pathname).toBe("/dashboards"));
  expect(bodies("POST", "/api/v1/invites/accept").at(-1)).toEqual({
    token: "tbi_secret",
    name: "Ana",
    login: "ana",
    password: "long enough to be good",
  });
  expect(localStorage.getItem("tideboard.login")).toBe("ana");
});

test("an invite that was used says so, and a link without its secret too", async () => {
  server.routes["POST /api/v1/invites/info"] = () => json({ ...REFUSED, code: "not_found" }, 404);
  open("/invite#token=tbi_used");
  expect(await screen.findByRole("heading", { name: /not good any more/ })).toBeTruthy();
  cleanup();
  open("/reset");
  expect(await screen.findByText(/lacks its secret part/)).toBeTruthy();
});

test("another role changes the menu at once, and is told", async () => {
  server.signedIn({ role: "admin" });
  open("/dashboards");
  await screen.findByRole("heading", { name: /Dashboards/ });
  press("Account");
  expect(screen.getByRole("link", { name: "People" })).toBeTruthy();
  await connected();
  server.signedIn({ role: "viewer" });
  message("rights", { reason: "role" });
  expect(await screen.findByText("Your role is now viewer")).toBeTruthy();
  expect(screen.queryByRole("link", { name: "People" })).toBeNull();
  expect(screen.queryByRole("link", { name: "API keys" })).toBeNull();
  expect(screen.getByRole("link", { name: "Account" })).toBeTruthy();
  await waitFor(() => expect(server.to("GET", "/api/v1/dashboards").length).toBeGreaterThan(1));
});

test("other grants fetch the dashboards again without another connection", async () => {
  server.signedIn({ role: "viewer" });
  open("/dashboards");
  await screen.findByText("There is no dashboard yet.");
  await connected();
  server.routes["GET /api/v1/dashboards"] = () =>
    json({ dashboards: [{ id: "shop", title: "Shop", personal: false }] });
  message("rights", { reason: "grants" });
  expect(await screen.findByText("What is shared with you was changed")).toBeTruthy();
  expect(await screen.findByText("Shop")).toBeTruthy();
  expect(client.connection.get().kind).toBe("live");
});

test("whoever is signed out elsewhere learns why, and comes back to where they were", async () => {
  server.signedIn();
  open("/audit");
  server.routes["GET /api/v1/audit?limit=100"] = () => json({ entries: [], next: null });
  await screen.findByRole("heading", { name: /Audit log/ });
  await connected();
  server.routes["POST /api/v1/session/refresh"] = () => json(REFUSED, 401);
  message("rights", { reason: "session" });
  expect(await screen.findByText(/You were signed out/)).toBeTruthy();
  expect(window.location.pathname).toBe("/sign-in");
  server.routes["POST /api/v1/session"] = () => json(body());
  type("Address or token", "tbo_new");
  press("Sign in");
  await waitFor(() => expect(window.location.pathname).toBe("/audit"));
});

const ANA: Person = {
  id: "ana",
  name: "Ana",
  login: "ana",
  role: "viewer",
  reach: { streams: [], tags: {} },
  teams: [],
  createdAt: 0,
  disabledAt: null,
  hasPassword: true,
  hasTotp: false,
  lastSeenAt: null,
  sessions: 0,
};
const OLGA: Person = { ...ANA, id: "u", name: "Olga", login: "olga", role: "owner" };

test("a role is given after a question, and asked of the server", async () => {
  server.signedIn({ role: "admin" });
  server.routes["GET /api/v1/users"] = () => json({ users: [{ ...OLGA, id: "o" }, { ...OLGA, role: "admin" }, ANA] });
  server.routes["PUT /api/v1/users/ana"] = () => json({ ...ANA, role: "editor" });
  open("/people");
  const select = await screen.findByLabelText<HTMLSelectElement>("Role of Ana");
  expect([...select.options].map(({ value }) => value).sort()).toEqual(["admin", "editor", "viewer"]);
  const [owner, self] = screen.getAllByLabelText<HTMLSelectElement>("Role of Olga");
  expect([owner?.disabled, self?.disabled], "someone mightier, and oneself").toEqual([true, true]);
  fireEvent.change(select, { target: { value: "editor" } });
  const dialog = await screen.findByRole("dialog", { name: "Make Ana editor?" });
  expect(server.to("PUT", "/api/v1/users/ana")).toHaveLength(0);
  fireEvent.click(within(dialog).getByRole("button", { name: "Change role" }));
  await waitFor(() => expect(bodies("PUT", "/api/v1/users/ana")).toEqual([{ role: "editor" }]));
  expect(await screen.findByText("Ana is now editor")).toBeTruthy();
});

test("what someone sees is told with its grounds", async () => {
  server.signedIn();
  server.routes["GET /api/v1/users"] = () => json({ users: [OLGA, ANA] });
  server.routes["GET /api/v1/teams"] = () => json({ teams: [] });
  server.routes["GET /api/v1/users/ana/sessions"] = () => json({ sessions: [] });
  server.routes["GET /api/v1/users/ana/access"] = () =>
    json({
      role: "viewer",
      reach: { streams: [], tags: { tenant: ["acme"] } },
      abilities: ["view_dashboards"],
      dashboards: [
        { id: "shop", title: "Shop", level: "view", because: { kind: "team", team: "Sales" } },
        { id: "ops", title: "Ops", level: null, because: { kind: "none" } },
      ],
      streams: [{ name: "orders", allowed: true }],
    });
  open("/people/ana");
  const panel = await screen.findByRole("region", { name: "What can Ana see, and why" });
  expect((await within(panel).findByText("Shop")).closest("li")?.textContent).toBe(
    "Shopcan view, through the team Sales",
  );
  expect(within(panel).getByText("Ops").closest("li")?.textContent).toBe("Opscannot see, not shared with them");
  expect(panel.textContent).toContain("tenant=acme");
});

test.each(["/people", "/people/ana", "/keys", "/audit"])("%s says who can give the right to see it", async (path) => {
  server.signedIn({ role: "viewer" });
  open(path);
  expect(await screen.findByText("No permission")).toBeTruthy();
  expect(screen.getByText(/An owner or admin can give it/)).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("whoever has no password is asked for one, until they say later", async () => {
  server.signedIn({ hasPassword: false, login: null });
  open("/dashboards");
  expect((await screen.findByRole("link", { name: "Choose a password" })).getAttribute("href")).toBe("/account");
  press("Not now");
  expect(screen.queryByRole("link", { name: "Choose a password" })).toBeNull();
});

test("a password is judged by its length first", () => {
  expect(strengthOf("abc").level).toBe(0);
  expect(strengthOf("aaaaaaaaaaaaaaaa").level).toBe(1);
  expect(strengthOf("olga-likes-tea", ["Olga"])).toMatchObject({ level: 1, text: expect.stringContaining("name") });
  expect(strengthOf("kettle gravel").level).toBe(2);
  expect(strengthOf("kettle gravel ostrich tango").level).toBe(3);
});

test("a reach is read as it was typed, and told in one line", () => {
  const reach = { streams: ["sensors.*", "orders"], tags: { tenant: ["acme", "two words"] } };
  expect(reachOf(draftOf(reach))).toEqual(reach);
  expect(summary(reach)).toBe("sensors.*, orders · tenant=acme or two words");
  expect(summary({ streams: [], tags: {} })).toBe("everything");
  expect(reachOf({ streams: " ", tags: [{ key: 0, tag: "tenant", values: " , " }] })).toEqual({
    streams: [],
    tags: {},
  });
});

test.each([
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
    "Edge on Windows",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1",
    "Safari on iPhone",
  ],
  ["curl/8.5.0", "curl"],
  [null, "Unknown device"],
])("the device of %s is %s", (userAgent, expected) => {
  expect(deviceOf(userAgent)).toBe(expected);
});
