// The project's own checks: borders between rooms, documents that stay true, files that stay readable.
// Prints one line per check, and what to do about each that failed.
import { checkBalancers } from "./checks/balancers.mjs";
import { checkDefects } from "./checks/defects.mjs";
import { checkDeploy } from "./checks/deploy.mjs";
import { checkDocuments } from "./checks/documents.mjs";
import { checkBorders } from "./checks/borders.mjs";
import { checkGuarantees } from "./checks/guarantees.mjs";
import { checkLengths } from "./checks/lengths.mjs";
import { readProject } from "./checks/project.mjs";
import { checkSettings } from "./checks/settings.mjs";

const project = readProject(process.cwd());
let broken = 0;
for (const check of [checkBorders, checkDocuments, checkLengths, checkDefects, checkGuarantees, checkSettings, checkDeploy, checkBalancers]) {
  for (const { name, findings } of check(project)) report(name, findings);
}
process.exitCode = broken > 0 ? 1 : 0;

function report(name, findings) {
  console.log(`${findings.length === 0 ? "ok" : "FAILED"}  ${name}`);
  for (const finding of findings) console.log(`        ${finding}`);
  broken += findings.length;
}
