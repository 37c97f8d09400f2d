// `npm run fuzz [-- --requests N --seconds S --seed X]`: the fuzzer against an engine of its own, on loopback. Prints how
// far it is, what was answered, memory, and every fault with the request that caused it; exits with 1 when there is one.
// `npm run fuzz -- decoders`: what reads strangers' bytes, by itself (run-fuzz-decoders.ts).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { EngineProcess } from "./engine-process.ts";
import { fuzz, told } from "./fuzz/fuzz.ts";
import { runFuzzDecoders } from "./run-fuzz-decoders.ts";

const [what, ...rest] = process.argv.slice(2);
if (what === "decoders") {
  await runFuzzDecoders(rest);
  process.exit(process.exitCode);
}
const { values } = parseArgs({
  options: { requests: { type: "string" }, seconds: { type: "string" }, seed: { type: "string" } },
});
const requests = Number(values.requests ?? 1_000_000);
const seconds = Number(values.seconds ?? 900);
const seed = Number(values.seed ?? Date.now() % 1_000_000);

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
