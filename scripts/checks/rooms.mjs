// The table of rooms in ARCHITECTURE.md, read as rules: the document is the rule, so it cannot drift from it.

const BEGIN = "<!-- rooms:begin -->";
const END = "<!-- rooms:end -->";

/**
 * @typedef {object} Ban a name in `code` under "must not know"; prose there is not checked
 * @property {string} name
 * @property {string | undefined} outside folder of the room where it is allowed: `name` outside `folder/`
 *
 * @typedef {object} Room
 * @property {string} folder such as `crates/model`
 * @property {Set<string>} mayImport folders
 * @property {Ban[]} bans
 * @property {boolean} devOnly other rooms may only have it as a dev-dependency
 */

/** @param {string} architecture text of ARCHITECTURE.md @returns {Map<string, Room>} */
export function parseRooms(architecture) {
  const begin = architecture.indexOf(BEGIN);
  const end = architecture.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`ARCHITECTURE.md has no table between ${BEGIN} and ${END}`);
  const lines = architecture.slice(begin + BEGIN.length, end).trim().split("\n");
  const rooms = new Map();
  for (const line of lines.slice(2)) {
    const [folder, does, mayImport, mustNotKnow] = line.split("|").slice(1, -1).map((cell) => cell.trim());
    if (mustNotKnow === undefined) throw new Error(`a row of rooms needs four cells: ${line}`);
    const name = folder.replaceAll("`", "");
    rooms.set(name, {
      folder: name,
      mayImport: new Set([...mayImport.matchAll(/`([^`]+)`/g)].map(([, room]) => room)),
      bans: [...mustNotKnow.matchAll(/`([^`]+)`(?: outside `([^`]+)`)?/g)].map(([, ban, outside]) => ({ name: ban, outside })),
      devOnly: does.includes("(dev only)"),
    });
  }
  return rooms;
}
