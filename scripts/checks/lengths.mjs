// Files stay readable: past 600 lines a file says in its first lines why it is so long ("Long because …").

const LINES_MAX = 600;
const SOURCE = /\.(rs|ts|tsx|mts|mjs|js|css|sh)$/;
const GENERATED = /(^|\/)generated\//;
const REASON = /Long because \w/;

/** @param {import("./project.mjs").Project} project @returns {{name: string, findings: string[]}[]} */
export function checkLengths({ files }) {
  const findings = [];
  for (const [path, content] of files) {
    if (!SOURCE.test(path) || GENERATED.test(path)) continue;
    const lines = content.split("\n");
    if (lines.length - 1 > LINES_MAX && !REASON.test(lines.slice(0, 15).join("\n"))) {
      findings.push(`${path}: ${lines.length - 1} lines; split it, or say "Long because …" at its top`);
    }
  }
  return [{ name: `no source file has more than ${LINES_MAX} lines without a reason`, findings }];
}
