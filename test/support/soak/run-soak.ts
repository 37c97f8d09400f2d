// `npm run soak -- --minutes N [--resume] [--record] [--rate 20000] [--sockets 500] [--kill-every MINUTES]`: one piece of
// the soak that soak.ts describes, a line each ten seconds, and at its end what was lost and whether memory, handles and
// latency stayed flat. `--resume` goes on over the folder of the piece before. `--record` keeps the piece in
// test/proofs/soak.ndjson and writes docs/reliability.md from all pieces. Exits with 1 when something was lost, or when a
// life of half an hour or more was not flat.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { keep, piece } from "../proofs.ts";
import { recordSoak, type SoakPiece, verdicts } from "./report.ts";
import { clear, Soak } from "./soak.ts";

const FOLDER = fileURLToPath(new URL("../../../soak", import.meta.url));

const { values } = parseArgs({
  options: {
    minutes: { type: "string" },
    rate: { type: "string" },
    sockets: { type: "string" },
    "kill-every": { type: "string" },
    resume: { type: "boolean" },
    record: { type: "boolean" },
  },
});
const minutes = Number(values.minutes ?? 10);
const rate = Number(values.rate ?? 20_000);
const sockets = Number(values.sockets ?? 500);
const killEvery = Number(values["kill-every"] ?? 5);
for (const [name, value] of Object.entries({ minutes, rate, sockets, "kill-every": killEvery })) {
  if (!(value > 0)) throw new Error(`--${name} is ${String(values[name as "rate"])}; it has to be a number above 0`);
}
if (values.resume !== true) clear(FOLDER);

const began = performance.now();
const soak = new Soak({
  dir: FOLDER,
  seconds: minutes * 60,
  ticksPerSecond: rate,
  sockets,
  killEverySeconds: killEvery * 60,
  deployEverySeconds: 20,
  sampleSeconds: 10,
  say: (line) => console.log(line),
});
const report = await soak.run();
const settings = { minutes, rate, sockets, killEvery, resumed: values.resume === true };
const made: SoakPiece = { ...piece((performance.now() - began) / 1000), ...settings, ...report };
const judged = verdicts([made]);
for (const { what, text } of judged) console.log(`${what}: ${text}`);
const steep = judged.filter(({ flat, long }) => long && flat === false);
const faults = [...report.faults, ...steep.map(({ what, text }) => `${what} was not flat: ${text}`)];
for (const fault of faults) console.error(`BROKEN ${fault}`);
console.log(`${made.seconds} s, ${report.kills} kills, ${faults.length} promises broken`);
if (values.record === true) {
  keep("soak", made);
  recordSoak();
}
process.exitCode = faults.length > 0 ? 1 : 0;
