// A short run of the fuzzer (`npm run fuzz` is the long one): thousands of odd requests to every endpoint of a running
// engine, on connections that must stay, beside a neighbour who must be served.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { EngineProcess } from "../support/engine-process.ts";
import { COLLECTING } from "../support/fuzz/collecting.ts";
import { fuzz, told } from "../support/fuzz/fuzz.ts";

const REQUESTS = 20_000;
/** A busy machine needs longer for the same requests, and for an answer: what never comes is what fails. */
const PATIENCE_MS = 60_000;
const TEST_MS = 3_600_000;
const SEED = 20_261_121;

it(
  "odd requests get declared answers, and nobody else notices",
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "fuzz-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const engine = await EngineProcess.start({ DATA_DIR: dir, MAX_SYMBOLS: "64" }, { node: COLLECTING });
    onTestFinished(() => engine.kill());
    const { port, pid } = engine;
    const report = await fuzz({
      port,
      pid,
      requests: REQUESTS,
      seconds: Infinity,
      seed: SEED,
      patienceMs: PATIENCE_MS,
    });
    expect(report.faults, told(report)).toEqual([]);
    expect(report.sent).toBe(REQUESTS);
    expect(report.memoryStart, "memory was judged").toBeGreaterThan(0);
    // Of each kind of answer some: otherwise the requests are not what they should be.
    for (const status of [200, 204, 400, 404, 405, 409, 415, 422])
      expect(report.statuses.get(status)).toBeGreaterThan(0);
    expect(await engine.stopsInOrder()).toBeNull();
  },
  TEST_MS,
);
