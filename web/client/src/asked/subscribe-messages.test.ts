import { describe, expect, it } from "vitest";
import { subscribeMessages } from "./subscribe-messages.ts";
import { WatchedView } from "./watched-view.ts";

function heldView(id: string, stream: string, values: string[] = ["x"]): WatchedView {
  const view = new WatchedView(id, id, { stream, shape: "feed", where: [{ tag: "t", op: "in", values }] });
  view.acknowledged({ identity: `i-${id}`, stream });
  view.apply({ view: id, replace: [] });
  return view;
}

describe("subscribe messages", () => {
  it("claim what is held, with the positions of their streams", () => {
    const views = [
      heldView("v2", "b"),
      heldView("v1", "a"),
      new WatchedView("v3", "v3", { stream: "c", shape: "feed" }),
    ];
    const [only, ...others] = subscribeMessages(views, "claim", (stream) =>
      stream === "c" ? undefined : `at-${stream}`,
    );
    expect(others).toEqual([]);
    expect(only?.message.position).toEqual({ a: "at-a", b: "at-b" });
    expect(only?.message.views.map(({ id, have }) => [id, have?.identity])).toEqual([
      ["v1", "i-v1"],
      ["v2", "i-v2"],
      ["v3", undefined],
    ]);
  });

  it("claim nothing in a connection that is under way", () => {
    const [only] = subscribeMessages([heldView("v1", "a")], "anew", () => undefined);
    expect(only?.message).toEqual({ views: [{ id: "v1", query: expect.anything() }] });
  });

  it("stay below what the server takes, and give up claims that would come too late", () => {
    const long = Array.from({ length: 500 }, (_, index) => `ü${index}-${"x".repeat(40)}`);
    const views = [1, 2, 3, 4, 5].map((index) => heldView(`v${index}`, index < 5 ? "a" : "b", long));
    const messages = subscribeMessages(views, "claim", () => "p");
    expect(messages.length).toBeGreaterThan(1);
    for (const { message } of messages) {
      expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(65_536);
    }
    const claims = messages.map(({ message }) => message.views.map(({ id, have }) => [id, have !== undefined]));
    expect(
      claims
        .flat()
        .filter(([, claimed]) => claimed)
        .map(([id]) => id),
    ).toEqual(["v1", "v2", "v5"]);
    expect(views.map((view) => view.held)).toEqual([true, true, false, false, true]);
  });
});
