// The cycle driver: momentum_rider and spread_adjuster over 1,024 symbols, every bar due. Two lanes at a time against
// one at a time, plain JavaScript, and C where there is a gcc; and a halted market against a moving one. The memory
// must come out the same to the bit, or the comparison is void.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PlainCycle } from "../plain/cycle.ts";
import { areEnough } from "../enough.ts";
import { fingerprintOf, type Result } from "../result.ts";
import { compare, figureOfLatencies, median } from "../runner.ts";
import { BarPlane } from "./bar-plane.ts";

const SYMBOLS = 1024;
const CHECKED_CYCLES = 700;
const HALTED_CYCLES = 20_000;
const WARM_CYCLES = 1_000;
const TIMED_CYCLES = 5_000;
const NATIVE_ROUNDS = 7;
const SOURCE = fileURLToPath(new URL("../../../../bench/native/cycle.c", import.meta.url));
const NOTE = `${SYMBOLS} symbols, momentum_rider and spread_adjuster on closed bars, seed 7`;

export async function run(): Promise<readonly Result[]> {
  const hash = checkEqual();
  const fingerprint = hash.toString(16);
  const lanes = new BarPlane(SYMBOLS);
  const scalar = new BarPlane(SYMBOLS);
  const plain = new BarPlane(SYMBOLS);
  const twin = new PlainCycle(plain.plane.memory, plain.plane.plan);
  const side = (label: string, plane: BarPlane, cycle: (clock: number) => number) => ({
    label,
    operations: 1,
    prepare: () => plane.open(),
    run: () => cycle(plane.clock),
  });
  const fast = side("f64x2", lanes, lanes.core.closeBarsLanes);
  const note = `${NOTE}; state hash of all three after ${CHECKED_CYCLES} cycles ${fingerprint}`;
  const results = [
    await compare(
      fast,
      side("plain JavaScript", plain, (clock) => twin.closeBars(clock)),
      { name: "cycle f64x2 / JS", note, fingerprint },
    ),
    await compare(fast, side("WASM scalar", scalar, scalar.core.closeBarsScalar), {
      name: "cycle f64x2 / scalar",
      note,
      fingerprint,
    }),
    halted(),
    evaluation(),
  ];
  const native = againstNative();
  return native ? [...results, native] : results;
}

/** Runs the same cycles three ways and demands equal memory. */
function checkEqual(): bigint {
  const [lanes, scalar, plain] = [new BarPlane(SYMBOLS), new BarPlane(SYMBOLS), new BarPlane(SYMBOLS)] as const;
  const twin = new PlainCycle(plain.plane.memory, plain.plane.plan);
  for (let cycle = 0; cycle < CHECKED_CYCLES; cycle++) {
    for (const plane of [lanes, scalar, plain]) plane.open();
    lanes.core.closeBarsLanes(lanes.clock);
    scalar.core.closeBarsScalar(scalar.clock);
    twin.closeBars(plain.clock);
  }
  const hashes = [lanes, scalar, plain].map((plane) => plane.hash());
  if (new Set(hashes).size > 1) throw new Error(`lanes, scalar and plain JavaScript disagree: ${hashes.join(", ")}`);
  return hashes[0] ?? 0n;
}

/**
 * What one cycle takes, each on its own clock reading, because the slowest of a hundred is a promise too. At the end the
 * memory must be that of one lane at a time.
 */
function evaluation(): Result {
  const [plane, other] = [new BarPlane(SYMBOLS), new BarPlane(SYMBOLS)] as const;
  const times: number[] = [];
  for (let cycle = 0; cycle < WARM_CYCLES + TIMED_CYCLES; cycle++) {
    plane.open();
    const begin = performance.now();
    plane.core.closeBarsLanes(plane.clock);
    if (cycle >= WARM_CYCLES) times.push((performance.now() - begin) * 1e6);
  }
  for (let cycle = 0; cycle < WARM_CYCLES + TIMED_CYCLES; cycle++) {
    other.open();
    other.core.closeBarsScalar(other.clock);
  }
  const hash = plane.hash();
  if (hash !== other.hash()) throw new Error("the timed cycles leave another memory than one lane at a time does");
  const figure = figureOfLatencies("f64x2", times);
  return {
    name: "fast-tier evaluation",
    pairs: [figure],
    ratio: 1,
    note: `${NOTE}; ${TIMED_CYCLES} cycles one by one`,
    fingerprint: hash.toString(16),
  };
}

/** A market that stands still for twenty thousand cycles must not become slower than one that moves. */
function halted(): Result {
  const [still, moving] = [new BarPlane(SYMBOLS), new BarPlane(SYMBOLS)] as const;
  const ratios: number[] = [];
  const times: [number[], number[]] = [[], []];
  for (let cycle = 0; cycle < HALTED_CYCLES; cycle++) {
    const pair = ([still, moving] as const).map((plane, index) => {
      plane.open(plane === moving || cycle < 100);
      const begin = performance.now();
      plane.core.closeBarsLanes(plane.clock);
      const elapsed = (performance.now() - begin) * 1e6;
      if (cycle >= HALTED_CYCLES - 2_000) times[index as 0 | 1].push(elapsed);
      return elapsed;
    });
    if (cycle >= HALTED_CYCLES - 2_000) ratios.push((pair[1] ?? 0) / (pair[0] ?? 1));
  }
  return {
    name: "cycle halted / moving",
    pairs: [
      { label: "halted", medianNs: median(times[0]) },
      { label: "moving", medianNs: median(times[1]) },
    ],
    ratio: median(ratios),
    note: `${NOTE}; constant prices for ${HALTED_CYCLES} cycles, the last 2,000 timed`,
    fingerprint: fingerprintOf(still.hash(), moving.hash()),
  };
}

/** The same cycle in C with two-lane vectors, in turns with ours; null without a gcc. */
function againstNative(): Result | null {
  if (spawnSync("gcc", ["--version"]).status !== 0) return null;
  const dir = mkdtempSync(join(tmpdir(), "cycle-"));
  try {
    const program = join(dir, "cycle");
    execFileSync("gcc", ["-O3", "-march=native", "-ffp-contract=off", "-o", program, SOURCE, "-lm"]);
    const image = join(dir, "image");
    writeFileSync(image, new BarPlane(SYMBOLS).image());
    const ratios: number[] = [];
    const medians: [number[], number[]] = [[], []];
    const rounds: Result[] = [];
    let hash = "";
    const resultFrom = (first: number): Result => ({
      name: "cycle f64x2 / C",
      pairs: [
        { label: "f64x2", medianNs: median(medians[0].slice(first)) },
        { label: "C -O3 -march=native, 128-bit vectors", medianNs: median(medians[1].slice(first)) },
      ],
      ratio: median(ratios.slice(first)),
      note: `${NOTE}; equal state hash ${BigInt(hash).toString(16)}`,
      fingerprint: BigInt(hash).toString(16),
    });
    while (rounds.length < NATIVE_ROUNDS && !areEnough(rounds)) {
      const [time = "0", theirs = ""] = execFileSync(program, [image, String(CHECKED_CYCLES)], { encoding: "utf8" })
        .trim()
        .split(" ");
      const plane = new BarPlane(SYMBOLS);
      const times: number[] = [];
      for (let cycle = 0; cycle < CHECKED_CYCLES; cycle++) {
        plane.open();
        const begin = performance.now();
        plane.core.closeBarsLanes(plane.clock);
        times.push((performance.now() - begin) * 1e6);
      }
      hash = plane.hash().toString();
      if (hash !== theirs) throw new Error(`C computes ${theirs}, the core ${hash}`);
      medians[0].push(median(times));
      medians[1].push(Number(time));
      ratios.push(Number(time) / median(times));
      rounds.push(resultFrom(rounds.length));
    }
    return resultFrom(0);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
