// Seeded defects stay seedable: the text that each of them changes is in its file exactly once.
import { defects as known } from "../defects/list.mjs";
import { suites } from "../defects/suites.mjs";
import { seeded } from "../defects/tree.mjs";

/** @param {import("./project.mjs").Project} project @returns {{name: string, findings: string[]}[]} */
export function checkDefects({ files }, defects = known) {
  const findings = [];
  const names = new Set();
  for (const defect of defects) {
    const { name, file, suite, find, replace } = defect;
    if (names.has(name)) findings.push(`scripts/defects/list.mjs: two defects are called "${name}"`);
    names.add(name);
    if (!(suite in suites)) findings.push(`scripts/defects/list.mjs: "${name}": there is no suite ${suite}`);
    if (find === replace) findings.push(`scripts/defects/list.mjs: "${name}" changes nothing`);
    const text = files.get(file);
    if (text === undefined) findings.push(`scripts/defects/list.mjs: "${name}": there is no ${file}`);
    else if (seeded(text, defect) === null) findings.push(`scripts/defects/list.mjs: "${name}": its text is not in ${file} exactly once`);
  }
  return [{ name: "seeded defects can be seeded", findings }];
}
