// The project's own checks: borders between rooms, documents that stay true, files that stay readable.
// Prints one line per check, and what to do about each that failed.
import { checkDefects } from "./checks/defects.mjs";
import { checkDocuments } from "./checks/documents.mjs";
import { checkBorders } from "./checks/borders.mjs";
import { checkGuarantees } from "./checks/guarantees.mjs";
import { checkLengths } from "./checks/lengths.mjs";
import { readProject } from "./checks/project.mjs";

const project = readProject(process.cwd());
let broken = 0;
for (const { name, findings } of [...checkBorders(project), ...checkDocuments(project), ...checkLengths(project), ...checkDefects(project), ...checkGuarantees(project)]) {
  console.log(`${findings.length === 0 ? "ok" : "FAILED"}  ${name}`);
  for (const finding of findings) console.log(`        ${finding}`);
  broken += findings.length;
}
process.exitCode = broken > 0 ? 1 : 0;
