// The examples in deploy/ stay in step with the binary: what the image copies exists, and ports, versions, names of settings
// and of metrics are those of the sources.
import { settingsIn } from "./settings.mjs";

const CONTAINERFILE = "deploy/Containerfile";
const IGNORE = "deploy/Containerfile.dockerignore";
const USERS = "deploy/users.acl";
const RIGHTS = "crates/redis/rights.txt";
const METRICS = "crates/server/src/metrics.rs";
const VARIABLE = /\bTIDEBOARD_[A-Z0-9_]+/g;
const METRIC = /\btideboard_[a-z0-9_]+/g;
/** Variables of the examples themselves: HAProxy declares its own, Compose is told where to listen. */
const DECLARED = /(?:presetenv|defined\(|"\$\{)\s*(TIDEBOARD_[A-Z0-9_]+)|\$\{(TIDEBOARD_PORT)\b/g;
/** What Prometheus' text format appends to a name. */
const SUFFIX = /_(?:total|bucket|sum|count|info)$/;

/** The steps of a Containerfile, with continued lines joined. */
function steps(text) {
  const lines = text.replace(/^#.*$/gm, "").replace(/\\\n/g, " ").split("\n");
  return lines.map((line) => line.trim().split(/\s+/)).filter(([word]) => word !== "");
}

/** What COPY takes from the checkout. */
function copied(all) {
  return all
    .filter(([word, ...rest]) => word === "COPY" && !rest.some((part) => part.startsWith("--from=")))
    .flatMap(([, ...rest]) => rest.filter((part) => !part.startsWith("--")).slice(0, -1));
}

function stages(all) {
  return new Map(all.filter(([word]) => word === "FROM").map(([, image, , name]) => [name ?? "", image]));
}

function checkSources(all, { files, exists }) {
  const let_in = (files.get(IGNORE) ?? "").split("\n").filter((line) => line.startsWith("!")).map((line) => line.slice(1));
  const findings = [];
  for (const source of copied(all)) {
    if (!exists(source)) findings.push(`${CONTAINERFILE}: copies ${source}, which does not exist`);
    if (!let_in.some((path) => source === path || source.startsWith(`${path}/`))) findings.push(`${IGNORE}: keeps ${source} out, which the image copies`);
  }
  for (const part of all.flat()) {
    const stage = /^--from=(.+)$/.exec(part)?.[1];
    if (stage !== undefined && !stages(all).has(stage)) findings.push(`${CONTAINERFILE}: copies from ${stage}, which is no stage`);
  }
  return findings;
}

function checkNames(all, text, { files }) {
  const findings = [];
  const say = (what) => findings.push(`${CONTAINERFILE}: ${what}`);
  const rust = /^rust-version = "(.+)"$/m.exec(files.get("Cargo.toml") ?? "")?.[1];
  if (!stages(all).get("build")?.startsWith(`rust:${rust}-`)) say(`is not built with Rust ${rust}, as Cargo.toml asks`);
  const node = /"node": ">=(\d+)/.exec(files.get("package.json") ?? "")?.[1];
  if (!stages(all).get("node")?.startsWith(`node:${node}-`)) say(`is not built with Node ${node}, as package.json asks`);
  const binary = /^\[\[bin\]\]\nname = "(.+)"$/m.exec(files.get("crates/server/Cargo.toml") ?? "")?.[1];
  if (!text.includes(`target/release/${binary} `) || !text.includes(`ENTRYPOINT ["${binary}"]`)) say(`does not run the binary ${binary}`);
  const port = /:(\d+)$/.exec(settingsIn(files).find(({ name }) => name === "listen")?.default ?? "")?.[1];
  if (!text.includes(`EXPOSE ${port}\n`) || !text.includes(`TIDEBOARD_LISTEN=0.0.0.0:${port} `)) say(`does not serve on ${port}`);
  if (!all.some(([word, user]) => word === "USER" && /^[1-9]\d*:[1-9]\d*$/.test(user))) say("does not run as a user who is not root, by number");
  return findings;
}

function checkVariables({ files }) {
  const examples = [...files].filter(([path]) => path.startsWith("deploy/"));
  const known = new Set(settingsIn(files).map(({ variable }) => variable));
  for (const [, text] of examples) for (const [, own, other] of text.matchAll(DECLARED)) known.add(own ?? other);
  const findings = [];
  for (const [path, text] of examples) {
    for (const [name] of text.matchAll(VARIABLE)) if (!known.has(name)) findings.push(`${path}: ${name} sets nothing`);
  }
  const names = new Set(settingsIn(files).map(({ name }) => name));
  for (const [, name] of (files.get("deploy/secrets.sh") ?? "").matchAll(/^([a-z_]+) = "/gm)) {
    if (!names.has(name)) findings.push(`deploy/secrets.sh: ${name} sets nothing`);
  }
  return [...new Set(findings)];
}

/** The rights that a test of crates/redis shows to suffice. */
function checkRights({ files }) {
  const rights = (files.get(RIGHTS) ?? "").trim();
  const given = (files.get(USERS) ?? "").split("\n").find((line) => line.startsWith("user tideboard "));
  return rights !== "" && given?.endsWith(` ${rights}`) ? [] : [`${USERS}: the user tideboard does not have the rights of ${RIGHTS}: ${rights}`];
}

function checkMetrics({ files }) {
  const source = files.get(METRICS) ?? "";
  const plain = [...source.matchAll(/(?:\.add|register)\(\s*"([a-z_]+)"/g)].map(([, name]) => `tideboard_${name}`);
  const timed = [...source.matchAll(/\.seconds\(\s*"([a-z_]+)"/g)].map(([, name]) => `tideboard_${name}_seconds`);
  const known = new Set([...plain, ...timed]);
  const findings = known.size === 0 ? [`${METRICS}: no metrics were found there`] : [];
  for (const path of ["deploy/alerts.yml", "docs/operations.md"]) {
    for (const [name] of (files.get(path) ?? "").matchAll(METRIC)) {
      // HAProxy's cookie and upstreams have names that begin in the same way.
      if (/^tideboard_(?:node|polling)$/.test(name)) continue;
      if (!known.has(name) && !known.has(name.replace(SUFFIX, ""))) findings.push(`${path}: ${name} is no metric`);
    }
  }
  return [...new Set(findings)];
}

/** @param {import("./project.mjs").Project} project @returns {{name: string, findings: string[]}[]} */
export function checkDeploy(project) {
  const text = project.files.get(CONTAINERFILE) ?? "";
  const all = steps(text);
  return [
    { name: "the image can be built from what is here", findings: [...checkSources(all, project), ...checkNames(all, text, project)] },
    { name: "examples set what can be set", findings: [...checkVariables(project), ...checkRights(project)] },
    { name: "metrics that are watched are counted", findings: checkMetrics(project) },
  ];
}
