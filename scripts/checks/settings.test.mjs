import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSettings } from "./settings.mjs";

const source = `
    pub const ALL: [Self; 2] = [Self::Listen, Self::Level];
            Self::Listen => ("listen", "127.0.0.1:8433", "ADDRESS:PORT", "Where to serve"),
            Self::Level => (
                "level",
                "",
                "a|b",
                "One of a|b",
            ),
`;
const table = `<!-- settings:begin -->
| in the file | in the environment | default | what it is |
|---|---|---|---|
| \`listen\` | \`TIDEBOARD_LISTEN\` | \`127.0.0.1:8433\` | Where to serve |
| \`level\` | \`TIDEBOARD_LEVEL\` |  | One of a\\|b |
<!-- settings:end -->`;

function found(declared, document) {
  const files = new Map([["crates/server/src/config/key.rs", declared], ["docs/operations.md", document]]);
  return checkSettings({ files })[0].findings.join("\n");
}

test("a table of what is declared passes", () => {
  assert.equal(found(source, table), "");
});

for (const [what, declared, document, expected] of [
  ["a setting that is missing", source, table.replace(/\| `level`.*\n/, ""), /it should be[\s\S]*`level`/],
  ["another default", source.replace("8433", "8434"), table, /not what .* declares/],
  ["another sentence", source.replace("Where to", "Whence to"), table, /not what .* declares/],
  ["no table", source, "nothing", /no table/],
  ["a declaration that can't be read", source.replace('"Where to serve"', "HELP"), table, /2 keys, of which 1 could be read/],
]) {
  test(`${what} is found`, () => {
    assert.match(found(declared, document), expected);
  });
}
