// `npm run fuzz [-- --requests N --seconds S --seed X]`: the fuzzer against an engine of its own, on loopback. Prints how
// far it is, what was answered, memory, and every fault with the request that caused it; exits with 1 when there is one.
// `npm run fuzz -- decoders`: what reads strangers' bytes, by itself (run-fuzz-decoders.ts).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineProcess } from "./engine-process.ts";
import { fuzz, told } from "./fuzz/fuzz.ts";
import { runFuzzDecoders } from "./run-fuzz-decoders.ts";
import { whole, wordsOf } from "./words.ts";

const [what, ...rest] = process.argv.slice(2);
if (what === "decoders") {
  await runFuzzDecoders(rest);
  process.exit(process.exitCode);
}
const { values } = wordsOf({
  name: "npm run fuzz --",
  about:
    "Odd requests to every endpoint of an engine of its own; every fault is printed with the request that caused it. " +
    "`npm run fuzz -- decoders --help` explains the other fuzzer: damaged input to what reads strangers' bytes.",
  options: {
    requests: whole("at most", 1_000_000),
    seconds: whole("at most", 900),
    seed: whole("to send the same requests again; the time when left out", null, { least: 0 }),
  },
});
const { requests, seconds } = values;
const seed = values.seed ?? Date.now() % 1_000_000;

const dir = mkdtempSync(join(tmpdir(), "fuzz-"));
const engine = await EngineProcess.start({ DATA_DIR: dir, MAX_SYMBOLS: "64", LOG_LEVEL: "info" });
try {
  const { port, pid } = engine;
  const report = await fuzz({ port, pid, requests, seconds, seed, progress: (now) => console.log(told(now)) });
  console.log(told(report));
  for (const fault of report.faults) console.log(`FAULT ${fault}`);
  const code = await engine.stop();
  if (code !== 0) console.log(`FAULT the engine stopped with ${code}`);
  process.exitCode = report.faults.length > 0 || code !== 0 ? 1 : 0;
} finally {
  rmSync(dir, { recursive: true, force: true });
}
