import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDeploy } from "./deploy.mjs";

const good = {
  "Cargo.toml": 'rust-version = "1.95"\n',
  "package.json": '{"engines": {"node": ">=20.19"}}',
  "crates/server/Cargo.toml": '[[bin]]\nname = "board"\n',
  "crates/server/src/config/key.rs": '("listen", "127.0.0.1:8433", "A", "Where") ("node", "", "N", "Name")',
  "crates/server/src/metrics.rs": 'r.add("sessions", "x"); r.seconds("fold_lag", "y"); registry.register("node", "z")',
  "deploy/Containerfile": `FROM node:20-slim AS node
FROM rust:1.95-bookworm AS build
COPY --from=node /node /node
COPY Makefile crates ./
RUN make build \\
 && true
FROM debian
COPY --from=build /target/release/board /board
ENV TIDEBOARD_LISTEN=0.0.0.0:8433 \\
    TIDEBOARD_NODE=a
USER 10001:10001
EXPOSE 8433
ENTRYPOINT ["board"]
`,
  "deploy/Containerfile.dockerignore": "*\n!Makefile\n!crates\n",
  "deploy/haproxy.cfg": 'presetenv TIDEBOARD_BIND ":80"\n',
  "deploy/compose.yaml": "TIDEBOARD_BIND: ${TIDEBOARD_PORT:-80}\n",
  "deploy/secrets.sh": 'node = "a"\n',
  "crates/redis/rights.txt": "~a:* +get\n",
  "deploy/users.acl": "user default off\nuser tideboard on ~a:* +get\n",
  "deploy/alerts.yml": "tideboard_sessions > tideboard_fold_lag_seconds_bucket\n",
};

function found(changed = {}, exists = () => true) {
  const files = new Map(Object.entries({ ...good, ...changed }));
  return checkDeploy({ files, exists, crates: [] }).flatMap(({ findings }) => findings);
}

const changed = (path, from, to) => ({ [path]: good[path].replace(from, to) });

test("examples in step pass", () => {
  assert.deepEqual(found(), []);
});

test("a source of the image that is gone is found", () => {
  assert.match(found({}, (path) => path !== "crates").join(), /copies crates, which does not exist/);
});

for (const [what, change, expected] of [
  ["a source that is kept out", changed("deploy/Containerfile.dockerignore", "!crates\n", ""), /keeps crates out/],
  ["a stage that there is not", changed("deploy/Containerfile", "--from=node", "--from=nodes"), /nodes, which is no stage/],
  ["another Rust", changed("Cargo.toml", "1.95", "1.96"), /not built with Rust 1\.96/],
  ["another Node", changed("package.json", "20.19", "22.1"), /not built with Node 22/],
  ["another binary", changed("crates/server/Cargo.toml", "board", "tide"), /does not run the binary tide/],
  ["another port", changed("crates/server/src/config/key.rs", "8433", "8434"), /does not serve on 8434/],
  ["root", changed("deploy/Containerfile", "10001:10001", "0:0"), /user who is not root/],
  ["a mistyped variable", changed("deploy/compose.yaml", "TIDEBOARD_BIND", "TIDEBOARD_BLIND"), /TIDEBOARD_BLIND sets nothing/],
  ["a mistyped setting", changed("deploy/secrets.sh", "node", "nodes"), /nodes sets nothing/],
  ["a right that is missing", changed("deploy/users.acl", " +get", ""), /does not have the rights/],
  ["a metric that there is not", changed("deploy/alerts.yml", "sessions", "viewers"), /tideboard_viewers is no metric/],
]) {
  test(`${what} is found`, () => {
    assert.match(found(change).join(), expected);
  });
}
