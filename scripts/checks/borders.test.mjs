import assert from "node:assert/strict";
import { test } from "node:test";
import { checkBorders } from "./borders.mjs";

const ARCHITECTURE = `
<!-- rooms:begin -->
| room | does | may import | must not know |
|---|---|---|---|
| \`crates/model\` | words | | \`tokio\` |
| \`crates/live\` | folds | \`crates/model\` | \`tokio\`, \`SystemTime\`, sockets |
| \`crates/log\` | keeps | \`crates/model\` | queries |
| \`crates/testkit\` | (dev only) generators | \`crates/model\`, \`crates/live\` | |
| \`crates/server\` | wires | \`crates/model\`, \`crates/live\`, \`crates/log\`, \`crates/testkit\` | |
| \`web/client\` | client | | \`react\`, \`socket.io-client\` outside \`src/socketio/\` |
| \`web/react\` | widgets | \`web/client\` | \`socket.io-client\` |
| \`web/app\` | pages | \`web/client\`, \`web/react\` | |
<!-- rooms:end -->
`;

const crate = (name, ...dependencies) => ({
  name: `tideboard-${name}`,
  folder: `crates/${name}`,
  dependencies: dependencies.map((one) => (typeof one === "string" ? { name: one, kind: "normal" } : one)),
});

/** The findings for a small, sound project with the given changes. */
function findings({ crates = [], files = {} }) {
  const sound = [crate("model", "serde"), crate("live", "tideboard-model"), crate("log", "tideboard-model", "tokio")];
  const changed = sound.map((one) => crates.find(({ name }) => name === one.name) ?? one);
  const added = crates.filter(({ name }) => !sound.some((one) => one.name === name));
  const project = {
    crates: [...changed, ...added],
    files: new Map(
      Object.entries({
        "ARCHITECTURE.md": ARCHITECTURE,
        "web/client/package.json": '{"name": "@tideboard/client", "dependencies": {"socket.io-client": "4"}}',
        "web/react/package.json": '{"name": "@tideboard/react", "dependencies": {"@tideboard/client": "*"}}',
        "web/app/package.json": '{"name": "@tideboard/app"}',
        ...files,
      }),
    ),
    exists: () => true,
  };
  return checkBorders(project).flatMap((check) => check.findings);
}

test("a sound project has no findings", () => {
  assert.deepEqual(
    findings({
      files: {
        "crates/live/src/lib.rs": "//! Knows no tokio and no SystemTime.\nuse tideboard_model::Event; // not tokio\n",
        "web/client/src/socketio/index.ts": 'import { io } from "socket.io-client";',
        "web/client/src/index.ts": '// unlike "react"\nimport { a } from "./a.ts";',
        "web/react/src/index.ts": 'import { Client } from "@tideboard/client";\nimport { useState } from "react";',
        "web/app/src/main.tsx": 'const page = () => import("@tideboard/react/grid");',
      },
    }),
    [],
  );
});

const cases = [
  ["a crate that imports a room it must not", { crates: [crate("live", "tideboard-model", "tideboard-log")] }, "may not import crates/log"],
  ["a banned dependency", { crates: [crate("live", "tideboard-model", "tokio")] }, "must not depend on tokio"],
  ["a dev-only room as a normal dependency", { crates: [crate("server", "tideboard-testkit"), crate("testkit")] }, "may only be a dev-dependency"],
  ["an import of the server, even for tests", { crates: [crate("live", { name: "tideboard-server", kind: "dev" }), crate("server")] }, "nobody imports"],
  ["a banned name in a crate's source", { files: { "crates/live/src/clock.rs": "let t = std::time::SystemTime::now();" } }, "must not know SystemTime"],
  ["a crate without a row", { crates: [crate("extra")] }, "crates/extra: has no row"],
  ["an import of a banned package", { files: { "web/client/src/hook.ts": 'import { useState } from "react";' } }, "must not know react"],
  ["an import outside the allowed folder", { files: { "web/client/src/io.ts": 'export { io } from "socket.io-client";' } }, "must not know socket.io-client"],
  ["a type import of a banned package", { files: { "web/react/src/a.ts": 'import type { Socket } from "socket.io-client";' } }, "must not know socket.io-client"],
  ["an import of the app", { files: { "web/react/src/a.ts": 'import { page } from "@tideboard/app";' } }, "may not import web/app"],
  ["a relative import out of the room", { files: { "web/react/src/a.ts": 'import { x } from "../../client/src/x.ts";' } }, "reaches out of its room"],
  ["a dependency on a room it must not import", { files: { "web/client/package.json": '{"name": "@tideboard/client", "dependencies": {"@tideboard/react": "*"}}' } }, "may not import web/react"],
];

for (const [name, change, expected] of cases) {
  test(`finds ${name}`, () => {
    const found = findings(change);
    assert.equal(found.length, 1, found.join("\n"));
    assert.ok(found[0].includes(expected), found[0]);
  });
}

test("ARCHITECTURE.md without the table is an error, not a pass", () => {
  assert.throws(() => findings({ files: { "ARCHITECTURE.md": "no table" } }), /no table/);
});
