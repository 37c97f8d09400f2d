// `npm run soak -- --minutes N [--resume] [--record] [--rate 20000] [--sockets 500] [--kill-every MINUTES]`: one piece of
// the soak that soak.ts describes, a line each ten seconds, and at its end what was lost and whether memory, handles and
// latency stayed flat. `--resume` goes on over the folder of the piece before. `--record` keeps the piece in
// test/proofs/soak.ndjson and writes docs/reliability.md from all pieces. Exits with 1 when something was lost, or when a
// life of half an hour or more was not flat.
import { fileURLToPath } from "node:url";
import { keep, piece } from "../proofs.ts";
import { recordSoak, type SoakPiece, verdicts } from "./report.ts";
import { clear, Soak } from "./soak.ts";
import { amount, flag, whole, wordsOf } from "../words.ts";

const FOLDER = fileURLToPath(new URL("../../../soak", import.meta.url));

const { values } = wordsOf({
  name: "npm run soak --",
  about:
    "One piece of a soak: ticks, sockets, deployments and kills for so long, a line each ten seconds; at its end what was " +
    "lost, and whether memory, handles and latency stayed flat.",
  options: {
    minutes: amount("of this piece", 10),
    rate: whole("ticks a second", 20_000),
    sockets: whole("listeners", 500, { most: 60_000 }),
    "kill-every": amount("minutes from one kill to the next", 5),
    resume: flag("goes on over the folder of the piece before"),
    record: flag("keeps the piece in test/proofs/soak.ndjson, and writes docs/reliability.md"),
  },
});
const { minutes, rate, sockets, "kill-every": killEvery, resume } = values;
if (!resume) clear(FOLDER);

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
const settings = { minutes, rate, sockets, killEvery, resumed: resume };
const made: SoakPiece = { ...piece((performance.now() - began) / 1000), ...settings, ...report };
const judged = verdicts([made]);
for (const { what, text } of judged) console.log(`${what}: ${text}`);
const steep = judged.filter(({ flat, long }) => long && flat === false);
const faults = [...report.faults, ...steep.map(({ what, text }) => `${what} was not flat: ${text}`)];
for (const fault of faults) console.error(`BROKEN ${fault}`);
console.log(`${made.seconds} s, ${report.kills} kills, ${faults.length} promises broken`);
if (values.record) {
  keep("soak", made);
  recordSoak();
}
process.exitCode = faults.length > 0 ? 1 : 0;
