// What a learned model costs for one symbol: the core's inference, two symbols at a time, against plain JavaScript, and
// against scikit-learn where its Debian package is installed; it is never installed for this. Models of scikit-learn are
// laid out as ours and have to say the same before anything is compared. Training is timed beside it.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Random } from "../../src/domain/random.ts";
import { INPUTS, Workbench } from "../../src/learning/models.ts";
import { plainLogistic, type PlainTrees, plainTrees } from "../plain/models.ts";
import { fingerprintOf, type Result } from "../result.ts";
import { compare } from "../runner.ts";

const SYMBOLS = 1_000;
const TREES = 100;
const DEPTH = 3;
const SEED = 8;
const TOLERANCE = 1e-12;
/** Scikit-learn keeps leaves of its trees in f64, but adds them up in another order. */
const PEER_TOLERANCE = 1e-9;
const RUNS = 51;
const NOTE = `${SYMBOLS} symbols, ${INPUTS.length} inputs of which one in twenty is missing, seed ${SEED}; a figure is for one symbol`;

interface Placed {
  readonly call: () => void;
  readonly read: () => Float64Array;
}

export async function run(): Promise<readonly Result[]> {
  const random = new Random(SEED);
  const columns = INPUTS.map(() => Float64Array.from({ length: SYMBOLS }, () => drawn(random)));
  const trees = randomTrees(random);
  const values = Float64Array.from({ length: 3 * INPUTS.length + 1 }, () => random.normal());
  const out = new Float64Array(SYMBOLS);
  const bench = new Workbench();
  const own = { trees: placedTrees(bench, trees, columns), logistic: placedLogistic(bench, values, columns) };
  const plain = { trees: () => plainTrees(trees, columns, out), logistic: () => plainLogistic(values, columns, out) };
  const results: Result[] = [];
  for (const kind of ["logistic", "trees"] as const) {
    own[kind].call();
    plain[kind]();
    agree(own[kind].read(), out, TOLERANCE, `plain JavaScript's ${kind}`);
    const what = kind === "trees" ? `${TREES} trees of depth ${DEPTH}` : "a logistic model";
    results.push(
      await compare(
        { label: "core", operations: SYMBOLS, run: own[kind].call },
        { label: "plain JavaScript", operations: SYMBOLS, run: plain[kind] },
        {
          name: `inference ${kind} / JS`,
          note: `${what}; ${NOTE}`,
          fingerprint: fingerprintOf(own[kind].read()),
          rounds: 9,
        },
      ),
    );
  }
  return [...results, ...bySklearn(columns, random)];
}

/** Now and then nothing. */
function drawn(random: Random): number {
  return random.integer(20) === 0 ? Number.NaN : random.normal();
}

function randomTrees(random: Random): PlainTrees {
  const nodes = TREES * ((1 << DEPTH) - 1);
  return {
    depth: DEPTH,
    base: 0,
    thresholds: Float64Array.from({ length: nodes }, () => random.normal()),
    words: Uint32Array.from({ length: nodes }, () => random.integer(2 * INPUTS.length)),
    leaves: Float64Array.from({ length: TREES << DEPTH }, () => 0.1 * random.normal()),
  };
}

function placedTrees(bench: Workbench, trees: PlainTrees, columns: readonly Float64Array[]): Placed {
  const { address, stride } = bench.putColumns(columns);
  const rows = columns[0]?.length ?? 0;
  const [at, words, leaves] = [bench.put(trees.thresholds), bench.putWords(trees.words), bench.put(trees.leaves)];
  const out = bench.take(rows);
  const { depth, base } = trees;
  const count = trees.leaves.length >> depth;
  return {
    call: () => bench.core.treeModel(at, words, leaves, count, depth, base, address, stride, rows, out),
    read: () => bench.read(out, rows),
  };
}

function placedLogistic(bench: Workbench, values: Float64Array, columns: readonly Float64Array[]): Placed {
  const { address, stride } = bench.putColumns(columns);
  const rows = columns[0]?.length ?? 0;
  const [model, out] = [bench.put(values), bench.take(rows)];
  return {
    call: () => bench.core.logisticModel(model, columns.length, address, stride, rows, out),
    read: () => bench.read(out, rows),
  };
}

function agree(own: Float64Array, other: ArrayLike<number>, tolerance: number, whose: string): void {
  own.forEach((value, row) => {
    const far = Math.abs(value - (other[row] ?? Number.NaN));
    if (!(far <= tolerance)) throw new Error(`row ${row}: the core says ${value}, ${whose} ${other[row]}`);
  });
}

interface Peer {
  readonly base: number;
  /** Nodes: value, input, threshold, missing goes left, left, right, is a leaf. */
  readonly trees: readonly (readonly (readonly number[])[])[];
  readonly treesGive: readonly number[];
  readonly treesNs: number;
  readonly treesOneNs: number;
  readonly weights: readonly number[];
  readonly bias: number;
  readonly lineGive: readonly number[];
  readonly lineNs: number;
}

function bySklearn(columns: readonly Float64Array[], random: Random): readonly Result[] {
  const python = ["/usr/bin/python3", "python3"].find((name) => spawnSync(name, ["-c", "import sklearn"]).status === 0);
  if (python === undefined) {
    console.log("\ninference / scikit-learn: not measured, python3-sklearn is not installed");
    return [];
  }
  const labels = Float64Array.from({ length: SYMBOLS }, (_, row) => {
    const drift = columns
      .slice(0, 3)
      .reduce((sum, column) => sum + (Number.isNaN(column[row]) ? 1 : (column[row] ?? 0)), 0);
    return Number(drift + random.normal() > 0);
  });
  const dir = mkdtempSync(join(tmpdir(), "sklearn-"));
  try {
    const file = join(dir, "columns");
    writeFileSync(file, Buffer.concat([...columns, labels].map((column) => Buffer.from(column.buffer))));
    const script = fileURLToPath(new URL("../../../../bench/peers/by-sklearn.py", import.meta.url));
    const words = [script, file, String(SYMBOLS), String(INPUTS.length), String(RUNS)];
    // One thread, like the core: several of them wait for each other where others are at work.
    const env = { ...process.env, OMP_NUM_THREADS: "1" };
    const told = execFileSync(python, words, { encoding: "utf8", maxBuffer: 1 << 28, env });
    return against(JSON.parse(told) as Peer, columns);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function against(peer: Peer, columns: readonly Float64Array[]): readonly Result[] {
  const bench = new Workbench();
  const trees = placedTrees(bench, laidOut(peer), columns);
  const scales = peer.weights.flatMap((weight) => [0, 1, weight]);
  const whole = columns.map((column) => column.map((x) => (Number.isNaN(x) ? 0 : x)));
  const logistic = placedLogistic(bench, Float64Array.from([...scales, peer.bias]), whole);
  trees.call();
  agree(trees.read(), peer.treesGive, PEER_TOLERANCE, "scikit-learn's trees");
  logistic.call();
  agree(logistic.read(), peer.lineGive, PEER_TOLERANCE, "scikit-learn's logistic regression");
  const result = (name: string, call: () => void, theirs: number): Result => {
    const own = timed(call);
    const pairs = [
      { label: "core", medianNs: own / SYMBOLS },
      { label: "scikit-learn", medianNs: theirs / SYMBOLS },
    ];
    const note = `the same model in both, ${NOTE}; scikit-learn takes all symbols in one call, on one thread`;
    return { name, pairs, ratio: theirs / own, note };
  };
  console.log(`\nscikit-learn's trees for a single row: ${(peer.treesOneNs / 1_000).toFixed(0)} us`);
  return [
    result("inference logistic / scikit-learn", logistic.call, peer.lineNs),
    result("inference trees / scikit-learn", trees.call, peer.treesNs),
  ];
}

function timed(call: () => void): number {
  const times = Array.from({ length: RUNS }, () => {
    const begin = performance.now();
    call();
    return (performance.now() - begin) * 1e6;
  });
  return times.toSorted((a, b) => a - b)[RUNS >> 1] ?? Number.NaN;
}

/** Trees of nodes with addresses as complete trees. */
function laidOut({ base, trees }: Peer): PlainTrees {
  const thresholds: number[] = [];
  const words: number[] = [];
  const leaves: number[] = [];
  for (const nodes of trees) {
    let level: readonly (readonly number[])[] = nodes.slice(0, 1);
    for (let depth = 0; depth < DEPTH; depth++) {
      level = level.flatMap((node) => {
        const [, input = 0, threshold = 0, missing = 0, left = 0, right = 0, leaf = 0] = node;
        thresholds.push(leaf === 1 ? 0 : threshold);
        words.push(leaf === 1 ? 0 : 2 * input + missing);
        return leaf === 1 ? [node, node] : [nodes[left] ?? [], nodes[right] ?? []];
      });
    }
    leaves.push(...level.map(([value = 0]) => value));
  }
  return {
    depth: DEPTH,
    base,
    thresholds: Float64Array.from(thresholds),
    words: Uint32Array.from(words),
    leaves: Float64Array.from(leaves),
  };
}
