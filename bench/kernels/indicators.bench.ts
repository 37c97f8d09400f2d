// Seven indicators over a million bars: the core against plain JavaScript over typed arrays, against C and pandas where
// there is a gcc or a python with pandas, and each of them against the indicator packages of npm where they are
// installed (`npm run bench:peers`). Outputs are compared before anything is timed.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isAsked } from "../enough.ts";
import { lastNumber, peers } from "../peers/peers.ts";
import { pythonWith } from "../peers/python.ts";
import { fingerprintOf, type Result } from "../result.ts";
import { compare, median } from "../runner.ts";
import { INDICATORS, IndicatorBars, type IndicatorName } from "./indicator-bars.ts";

const BARS = 1_000_000;
const PEER_BARS = 100_000;
const SEED = 11;
const TOLERANCE = 1e-8;
const TURNS = 7;
const RUNS = 5;
/** Of all their results together. */
const PEERS = "indicators / npm";
const BENCH = fileURLToPath(new URL("../../../../bench/", import.meta.url));
const OPTIONS = { rounds: 9, taskMs: 1, warmupMs: 1 };
const NOTE = `SMA 50, EMA 50, RSI 14, Bollinger 20, ATR 14, Donchian 20, MACD 12/26/9 over ${BARS} bars, seed ${SEED}`;

export async function run(): Promise<readonly Result[]> {
  const bars = new IndicatorBars(BARS, SEED);
  bars.allOf("core");
  bars.allOf("plain");
  const worst = bars.disagreement();
  if (!(worst < TOLERANCE)) throw new Error(`the core and plain JavaScript differ by ${worst}`);
  const note = `${NOTE}; largest difference ${worst.toExponential(1)}`;
  const fingerprint = fingerprintOf(...bars.written);
  const side = (label: string, run: () => void) => ({ label, operations: 1, run });
  const results = [
    await compare(
      side("core", () => bars.allOf("core")),
      side("plain JavaScript", () => bars.allOf("plain")),
      { ...OPTIONS, name: "indicators / JS", note, fingerprint },
    ),
  ];
  for (const { name: which } of INDICATORS) {
    const name = `indicator ${which} / JS`;
    if (!isAsked(name)) continue;
    const [own, other] = [side("core", bars.core[which]), side("plain JavaScript", bars.plain[which])];
    results.push(await compare(own, other, { ...OPTIONS, rounds: 5, name, note }));
  }
  const peer = isAsked(PEERS) ? await againstPeers() : [];
  return [...results, ...againstPrograms(bars), ...peer];
}

/** Other programs over the same bars, in turns with the core. */
function againstPrograms(bars: IndicatorBars): readonly Result[] {
  const dir = mkdtempSync(join(tmpdir(), "indicators-"));
  try {
    const columns = join(dir, "columns");
    writeFileSync(
      columns,
      Buffer.concat([bars.high, bars.low, bars.close].map((column) => Buffer.from(column.buffer))),
    );
    const results: Result[] = [];
    const [byC, byPandas] = ["indicators / C", "indicators / pandas"] as const;
    if (isAsked(byC) && spawnSync("gcc", ["--version"]).status === 0) {
      const program = join(dir, "indicators");
      const source = join(BENCH, "native", "indicators.c");
      execFileSync("gcc", ["-O3", "-march=native", "-ffp-contract=off", "-o", program, source, "-lm"]);
      results.push(inTurns("C -O3 -march=native", byC, program, [columns], bars));
    }
    const python = isAsked(byPandas) ? pythonWith("pandas") : null;
    if (python !== null) {
      const script = join(BENCH, "peers", "by-pandas.py");
      results.push(inTurns("pandas", byPandas, python, [script, columns], bars));
    } else if (isAsked(byPandas))
      console.log("\nindicators / pandas: not measured, python3 with pandas is not installed");
    return results;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function inTurns(label: string, name: string, program: string, words: readonly string[], bars: IndicatorBars): Result {
  const ratios: number[] = [];
  const times: [number[], number[]] = [[], []];
  for (let turn = 0; turn < TURNS; turn++) {
    const output = execFileSync(program, [...words, String(BARS), String(RUNS)], { encoding: "utf8" });
    const [theirs = Number.NaN, ...last] = output.trim().split(" ").map(Number);
    const own: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const begin = performance.now();
      bars.allOf("core");
      own.push((performance.now() - begin) * 1e6);
    }
    bars.written.forEach((column, place) => {
      const value = column[BARS - 1] ?? Number.NaN;
      const other = last[place] ?? Number.NaN;
      if (!(Math.abs(value - other) <= TOLERANCE * Math.max(1, Math.abs(value))))
        throw new Error(`${label} ends output ${place} with ${other}, the core with ${value}`);
    });
    times[0].push(median(own));
    times[1].push(theirs);
    ratios.push(theirs / median(own));
  }
  const pairs = [
    { label: "core", medianNs: median(times[0]) },
    { label, medianNs: median(times[1]) },
  ];
  return { name, pairs, ratio: median(ratios), note: NOTE };
}

/** Column whose last value a peer's first result is compared with. */
const FIRST_COLUMN: Readonly<Record<IndicatorName, number>> = {
  "SMA 50": 0,
  "EMA 50": 1,
  "RSI 14": 2,
  "Bollinger 20": 4,
  "ATR 14": 6,
  "Donchian 20": 7,
  "MACD 12, 26, 9": 9,
};

async function againstPeers(): Promise<readonly Result[]> {
  const bars = new IndicatorBars(PEER_BARS, SEED);
  bars.allOf("core");
  const { found, absent } = await peers({ high: [...bars.high], low: [...bars.low], close: [...bars.close] });
  if (absent.length > 0)
    console.log(
      `\nindicators / npm: ${absent.join(", ")} not installed; \`npm run bench:peers\` installs and compares`,
    );
  const results: Result[] = [];
  for (const peer of found) {
    for (const { name } of INDICATORS) {
      const call = peer.calls[name];
      if (call === undefined) continue;
      const [own, theirs] = [bars.written[FIRST_COLUMN[name]]?.at(-1) ?? Number.NaN, lastNumber(call())];
      const side = (label: string, run: () => unknown) => ({ label, operations: 1, run });
      results.push(
        await compare(side("core", bars.core[name]), side(peer.name, call), {
          rounds: 5,
          taskMs: 1,
          warmupMs: 1,
          name: `indicator ${name} / ${peer.name}`,
          note: `${PEER_BARS} bars, seed ${SEED}; last values ${own.toPrecision(9)} and ${theirs.toPrecision(9)}`,
        }),
      );
    }
  }
  return results;
}
