import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { setStage } from "./contestants.mjs";
import { measureLatency } from "./latency.mjs";
import { newReport, readReport, withSamples, writeReport } from "./report.mjs";
import { measureRound } from "./round.mjs";
import { Samples } from "./samples.mjs";
import { soak } from "./soak.mjs";
import { quantile } from "./statistics.mjs";

const USAGE = `node bench/browser/run.mjs [options]
  --binary PATH      target/release/tideboard
  --web PATH         the built web app (web/app/dist)
  --out FILE         where samples are written (bench/results/latest.json)
  --append           to what FILE holds of the same run, instead of to nothing
  --long             more and longer turns, for figures to be published
  --soak-minutes N   afterwards, how long heaps are watched growing (0: not at all)
`;
/** Turns of each contestant, and seconds measured in each. */
const EFFORTS = /** @type {const} */ ({ short: { rounds: 3, seconds: 4 }, long: { rounds: 5, seconds: 12 } });
/** Single events in a second. */
const EVENTS_PER_SECOND = 5;

const options = readOptions();
const { rounds, seconds } = EFFORTS[options.effort];
// Described before anything is busy.
const report = options.append ? await readReport(options.out) : newReport(options.effort);
const samples = new Samples();
const stage = await setStage(options.binary, options.web);
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
  if (options.soakMinutes > 0) {
    say(`${options.soakMinutes} minutes of watching heaps`);
    await soak(stage, browser, options.soakMinutes, samples);
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
await writeReport(options.out, withSamples(report, samples.all));
process.stdout.write(samples.table(names));

/** @param {string} text */
function say(text) {
  process.stderr.write(`browser: ${text}\n`);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      binary: { type: "string", default: "target/release/tideboard" },
      web: { type: "string", default: "web/app/dist" },
      out: { type: "string", default: "bench/results/latest.json" },
      append: { type: "boolean", default: false },
      long: { type: "boolean", default: false },
      "soak-minutes": { type: "string", default: "0" },
    },
  });
  const soakMinutes = Number(values["soak-minutes"]);
  if (!(soakMinutes >= 0)) {
    process.stderr.write(USAGE);
    process.exit(2);
  }
  const [binary, web, out] = [values.binary, values.web, values.out].map((path) => resolve(path));
  const effort = /** @type {"short" | "long"} */ (values.long ? "long" : "short");
  return { binary, web, out, append: values.append, effort, soakMinutes };
}
