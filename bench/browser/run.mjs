import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { setStage } from "./contestants.mjs";
import { measureLatency } from "./latency.mjs";
import { measureRound } from "./round.mjs";
import { Samples } from "./samples.mjs";
import { soak } from "./soak.mjs";
import { quantile } from "./statistics.mjs";

const USAGE = `node bench/browser/run.mjs --binary PATH --web web/app/dist --out FILE
  --rounds N         turns of each contestant (3)
  --seconds N        measured in each turn (6)
  --soak-minutes N   afterwards, how long heaps are watched growing (0: not at all)
`;
/** Single events in a second. */
const EVENTS_PER_SECOND = 5;

const { values } = parseArgs({
  options: {
    binary: { type: "string" },
    web: { type: "string" },
    out: { type: "string" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "6" },
    "soak-minutes": { type: "string", default: "0" },
  },
});
const { binary, web, out } = values;
const [rounds, seconds, soakMinutes] = [values.rounds, values.seconds, values["soak-minutes"]].map(Number);
if (!binary || !web || !out || !(rounds > 0) || !(seconds > 0) || !(soakMinutes >= 0)) {
  process.stderr.write(USAGE);
  process.exit(2);
}

const samples = new Samples();
const stage = await setStage(resolve(binary), resolve(web));
const names = stage.contestants.map(({ name }) => name);
try {
  say(`charts of ${stage.size.width} × ${stage.size.height} pixels`);
  const browser = await stage.browser.newBrowserCDPSession();
  for (let round = 0; round < rounds; round += 1) {
    say(`round ${round + 1} of ${rounds}`);
    // Whoever comes first in one round comes last in the next.
    const order = stage.contestants.map((_, index) => stage.contestants[(index + round) % names.length]);
    for (const contestant of order) await measureRound(contestant, browser, seconds, samples);
  }
  if (soakMinutes > 0) {
    say(`${soakMinutes} minutes of watching heaps`);
    await soak(stage, browser, soakMinutes, samples);
  }
  // Last, since it arranges the dashboard anew.
  for (let round = 0; round < rounds; round += 1) {
    say(`latency, round ${round + 1} of ${rounds}`);
    const took = await measureLatency(stage.signedIn, stage.server, Math.ceil(seconds * EVENTS_PER_SECOND));
    samples.add("Tideboard", "request sent → frame received, p50", "ms", quantile(took.received, 0.5));
    samples.add("Tideboard", "request sent → painted, p50", "ms", quantile(took.painted, 0.5));
    samples.add("Tideboard", "request sent → painted, p99", "ms", quantile(took.painted, 0.99));
  }
} finally {
  await stage.close();
}
await writeFile(out, `${JSON.stringify(samples.all, null, 1)}\n`);
process.stdout.write(samples.table(names));

/** @param {string} text */
function say(text) {
  process.stderr.write(`browser: ${text}\n`);
}
