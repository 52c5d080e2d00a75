// The balancers' examples are valid, said by the programs themselves where they are installed; the tests of crates/services
// start them in any case.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Not by PATH: that of a plain user often lacks sbin. */
const HAPROXY = "/usr/sbin/haproxy";
const NGINX = "/usr/sbin/nginx";

function said(program, args) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", timeout: 30_000 });
  return status === 0 ? [] : [`${program} ${args.join(" ")}:\n${stdout}${stderr}`];
}

/** The example is what a file in conf.d holds: it needs something around it. */
function nginx(site) {
  const folder = mkdtempSync(join(tmpdir(), "tideboard-nginx-"));
  const file = join(folder, "nginx.conf");
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder}/${kind};`);
  writeFileSync(file, `pid ${folder}/pid;\nevents {}\nhttp {\naccess_log off;\n${paths.join("\n")}\n${site}\n}\n`);
  try {
    return said(NGINX, ["-t", "-q", "-e", "stderr", "-p", folder, "-c", file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {import("./project.mjs").Project} project @returns {{name: string, findings: string[]}[]} */
export function checkBalancers({ files }) {
  const checks = [];
  if (existsSync(HAPROXY)) checks.push({ name: "HAProxy takes its example", findings: said(HAPROXY, ["-c", "-f", "deploy/haproxy.cfg"]) });
  if (existsSync(NGINX)) checks.push({ name: "nginx takes its example", findings: nginx(files.get("deploy/nginx.conf") ?? "") });
  return checks;
}
