// The steps of each part of `make test`: a command, and how its outcome is counted.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { countCargo, countNode, countPlaywright, countSum, countVitest } from "./count.mjs";

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string[]} command
 * @property {string} [cwd]
 * @property {(outcome: {output: string, report: any, exitCode: number}) => import("./count.mjs").Count} count
 * @property {(file: string) => {arguments?: string[], environment?: Record<string, string>}} [report] makes the runner write a JSON report there
 */

const asOneCheck = ({ exitCode }) => ({ passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1 });

// Named one by one: what `node --test` makes of a folder differs between Node's versions.
function testsOfScripts() {
  return ["scripts/checks", "scripts/guard", "scripts/runner"].flatMap((folder) =>
    readdirSync(folder).filter((file) => file.endsWith(".test.mjs")).map((file) => join(folder, file)),
  );
}

/** A program of an npm package: without npx, which takes a second to find it. */
const installed = (name) => resolve("node_modules/.bin", name);

/** The npm packages that have a test script run by the given runner, as folders. What figures are compared with need not be installed. */
function packagesTestedBy(runner) {
  const folders = [...readdirSync("web").map((room) => join("web", room)), browserBench];
  return folders.filter((folder) => {
    const manifest = join(folder, "package.json");
    return existsSync(manifest) && (JSON.parse(readFileSync(manifest, "utf8")).scripts?.test ?? "").includes(runner);
  });
}

/** No workspace: who does not measure needs none of its packages (`scripts/bootstrap.sh bench`). */
const browserBench = join("bench", "browser");

/** @returns {Step[]} */
function check() {
  return [
    {
      name: "borders, documents, lengths",
      command: ["node", "scripts/checks.mjs"],
      count: ({ output }) => ({
        passed: [...output.matchAll(/^ok {2}/gm)].length,
        failed: [...output.matchAll(/^FAILED {2}/gm)].length,
      }),
    },
    {
      name: "tests of the scripts",
      command: ["node", "--test", "--test-reporter=spec", ...testsOfScripts()],
      count: ({ output }) => countNode(output),
    },
  ];
}

/** @returns {Step[]} */
function rust() {
  return [
    // The server embeds the web app at compile time.
    { name: "build of the web app", command: ["scripts/build.sh", "web"], count: asOneCheck },
    { name: "format of the crates", command: ["cargo", "fmt", "--all", "--check"], count: asOneCheck },
    {
      name: "lints of the crates",
      command: ["cargo", "clippy", "--quiet", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"],
      count: asOneCheck,
    },
    {
      name: "tests of the crates",
      command: ["cargo", "test", "--locked", "--workspace", "--no-fail-fast"],
      count: ({ output }) => countCargo(output),
    },
    { name: "wire types are generated", command: ["scripts/wire-types.sh", "--check"], count: asOneCheck },
  ];
}

/** @returns {Step[]} */
function web() {
  return [
    { name: "types of the web packages", command: ["npm", "run", "--silent", "check"], count: asOneCheck },
    {
      name: `types of ${browserBench}`,
      command: [installed("tsc"), "-p", join(browserBench, "tsconfig.json")],
      count: asOneCheck,
    },
    { name: "format and lints of the web packages", command: ["npm", "run", "--silent", "lint"], count: asOneCheck },
    ...packagesTestedBy("vitest").map((folder) => ({
      name: `tests of ${folder}`,
      command: [installed("vitest"), "run", "--reporter=default", "--reporter=json"],
      cwd: folder,
      report: (file) => ({ arguments: [`--outputFile.json=${file}`] }),
      count: ({ report }) => countVitest(report),
    })),
  ];
}

/** @returns {Step[]} */
function e2e() {
  return [
    { name: "build of the binary", command: ["scripts/build.sh", "debug"], count: asOneCheck },
    // Journeys over several nodes start Redis, PostgreSQL and HAProxy by it.
    {
      name: "build of what starts servers",
      command: ["cargo", "build", "--quiet", "--locked", "--package", "tideboard-services"],
      count: asOneCheck,
    },
    ...packagesTestedBy("playwright").map((folder) => ({
      name: `browser journeys of ${folder}`,
      command: [installed("playwright"), "test", "--reporter=list,json"],
      cwd: folder,
      report: (file) => ({ environment: { PLAYWRIGHT_JSON_OUTPUT_NAME: file, PLAYWRIGHT_JSON_OUTPUT_FILE: file } }),
      count: ({ report }) => countPlaywright(report),
    })),
  ];
}

/** @returns {Step[]} */
function guard() {
  return [
    { name: "instruction counts", command: ["node", "scripts/guard.mjs"], count: ({ output }) => countSum(output) },
  ];
}

/** @returns {Step[]} */
function torture() {
  return [
    {
      name: "a short torture run of the binary",
      // Always the same: a failure here is one that can be looked into. Fresh seeds are for `make torture`.
      command: ["scripts/torture.sh", "--seed", "20", "--seconds", "40"],
      count: asOneCheck,
    },
    {
      name: "a short torture run on three nodes",
      // A takeover that may lose nothing, then one that does.
      command: ["scripts/torture.sh", "--nodes", "3", "--seed", "198", "--seconds", "8"],
      count: asOneCheck,
    },
  ];
}

export const parts = { check, rust, guard, web, e2e, torture };
