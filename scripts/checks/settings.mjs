// The table of settings in docs/operations.md is the declaration in the server's sources, line for line.

const SOURCE = "crates/server/src/config/key.rs";
const DOCUMENT = "docs/operations.md";
const TABLE = /<!-- settings:begin -->\n([\s\S]*?)<!-- settings:end -->/;
const DECLARED = /\(\s*"([a-z_]+)",\s*"([^"]*)",\s*"([^"]+)",\s*"([^"]+)",?\s*\)/g;
const COUNT = /pub const ALL: \[Self; (\d+)\]/;

/**
 * @typedef {object} Setting
 * @property {string} name
 * @property {string} variable
 * @property {string} default
 * @property {string} placeholder
 * @property {string} help
 *
 * @param {Map<string, string>} files @returns {Setting[]} as declared
 */
export function settingsIn(files) {
  return [...(files.get(SOURCE) ?? "").matchAll(DECLARED)].map(([, name, value, placeholder, help]) => ({
    name,
    variable: `TIDEBOARD_${name.toUpperCase()}`,
    default: value,
    placeholder,
    help,
  }));
}

function tableOf(settings) {
  const rows = settings.map(({ name, variable, default: value, help }) => `| \`${name}\` | \`${variable}\` | ${value === "" ? "" : `\`${value}\``} | ${help.replaceAll("|", "\\|")} |`);
  return ["| in the file | in the environment | default | what it is |", "|---|---|---|---|", ...rows, ""].join("\n");
}

/** @param {import("./project.mjs").Project} project @returns {{name: string, findings: string[]}[]} */
export function checkSettings({ files }) {
  const settings = settingsIn(files);
  const findings = [];
  const [, count] = COUNT.exec(files.get(SOURCE) ?? "") ?? [];
  if (settings.length !== Number(count)) findings.push(`${SOURCE}: declares ${count} keys, of which ${settings.length} could be read`);
  const [, table] = TABLE.exec(files.get(DOCUMENT) ?? "") ?? [];
  if (table === undefined) findings.push(`${DOCUMENT}: has no table between the settings markers`);
  else if (table !== tableOf(settings)) findings.push(`${DOCUMENT}: the table of settings is not what ${SOURCE} declares; it should be\n${tableOf(settings)}`);
  return [{ name: "documented settings are those that exist", findings }];
}
