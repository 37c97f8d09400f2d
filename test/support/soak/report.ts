// What the pieces of a soak come to: the section of docs/reliability.md.
import { days, kept, machines, type Piece } from "../proofs.ts";
import { record, table } from "../reliability.ts";
import { type Point, slopePerHour } from "./slope.ts";
import { middle, type Sample, type SoakReport } from "./soak.ts";

export interface SoakPiece extends Piece, SoakReport {
  readonly minutes: number;
  readonly rate: number;
  readonly sockets: number;
  readonly killEvery: number;
  readonly resumed: boolean;
}

export interface Verdict {
  readonly what: string;
  readonly text: string;
  /** Null: too few samples for a slope. */
  readonly flat: boolean | null;
  /** A life of the engine was watched for half an hour, so that a slope says something. */
  readonly long: boolean;
}

/** A life's first minutes are not judged: caches fill, code is compiled, the heap finds its size. */
const SETTLED_SECONDS = 120;
const LONG_SECONDS = 1_800;
/** The bound of a slope, as a share of the median, per hour. */
const SLOPE_MAX = 0.1;
const GOAL = 0.999;

/** A latency beside other work that had more of a processor, or where nobody looked at that, is told and not judged. */
const OTHERS_MAX = 0.1;

type Judged = readonly [what: string, of: (one: Sample) => number | null, unit: string];
const JUDGED: readonly Judged[] = [
  ["resident memory", (one) => one.rssMb, "MB"],
  ["open handles", (one) => one.handles, ""],
  ["tick to signal, p50", (one) => ((one.others ?? Infinity) > OTHERS_MAX ? null : one.p50Ms), "ms"],
];

export function verdicts(pieces: readonly SoakPiece[]): readonly Verdict[] {
  // A life of another piece is another life.
  const samples = pieces.flatMap((one, index) =>
    one.samples.map((sample) => ({ ...sample, life: sample.life + index * 1e6 })),
  );
  const settled = samples.filter((one) => one.age >= SETTLED_SECONDS);
  return JUDGED.map(([what, of, unit]) => {
    const points = settled.flatMap((one) => {
      const value = of(one);
      return value === null ? [] : [{ life: one.life, seconds: one.age, value }];
    });
    const longest = points.reduce((most, one) => Math.max(most, one.seconds), 0);
    const long = spanOf(points) >= LONG_SECONDS - SETTLED_SECONDS;
    const [slope, median] = [slopePerHour(points), middle(settled, of)];
    if (slope === null || median === null) {
      const text = `no life of the engine was watched beyond its first ${SETTLED_SECONDS} s without other work beside it, so there is no slope`;
      return { what, text, flat: null, long };
    }
    const flat = slope <= SLOPE_MAX * median;
    const text =
      `median ${number(median)} ${unit}, slope ${number(slope)} ${unit} an hour (Theil-Sen over ${points.length} ` +
      `of ${settled.length} samples, longest life ${longest} s); the bound is ${number(SLOPE_MAX * median)}: ${flat ? "flat" : "not flat"}` +
      (long ? `; by thirds of the longest life ${thirds(points)}` : "");
    return { what, text: text.replaceAll("  ", " "), flat, long };
  });
}

/** Seconds from the first to the last of a life, where that is longest. */
function spanOf(points: readonly Point[]): number {
  const first = new Map<number, number>();
  return points.reduce((most, { life, seconds }) => {
    if (!first.has(life)) first.set(life, seconds);
    return Math.max(most, seconds - (first.get(life) ?? seconds));
  }, 0);
}

/** Whether it goes on or settles: the slope of each third, per hour. */
function thirds(points: readonly Point[]): string {
  const { life, seconds } = points.reduce((longest, one) => (one.seconds > longest.seconds ? one : longest));
  const of = (third: number): readonly Point[] =>
    points.filter((one) => one.life === life && Math.min(2, Math.floor((3 * one.seconds) / seconds)) === third);
  return [0, 1, 2].map((third) => number(slopePerHour(of(third)) ?? 0)).join(", ");
}

export function recordSoak(): void {
  const pieces = kept("soak") as readonly SoakPiece[];
  const seconds = pieces.reduce((sum, one) => sum + one.seconds, 0);
  const head =
    `${pieces.length} pieces with ${seconds} s together (the aim is 7,200 s); the longest took ` +
    `${Math.max(...pieces.map((one) => one.seconds))} s. Ticks a second, sockets and minutes between kills of each piece: ` +
    `${pieces.map((one) => `${one.rate}, ${one.sockets}, ${one.killEvery}`).join("; ")}. The samples, one every ten seconds, ` +
    `are in test/proofs/soak.ndjson.`;
  const rows = [["what", "promised", "measured"], ...rowsOf(pieces)];
  record("soak", [head, "", ...table(rows)], `${days(pieces)} on ${machines(pieces)}`);
}

function rowsOf(pieces: readonly SoakPiece[]): readonly (readonly string[])[] {
  const sum = (of: (one: SoakPiece) => number): number => pieces.reduce((total, one) => total + of(one), 0);
  const down = pieces.flatMap((one) => one.downMs).toSorted((one, other) => one - other);
  const [asked, answered] = [sum((one) => one.requests.asked), sum((one) => one.requests.answered)];
  const [askedUp, answeredUp] = [sum((one) => one.requests.askedUp), sum((one) => one.requests.answeredUp)];
  const reached = answered / asked >= GOAL ? "reached" : "not reached";
  const tail = pieces.flatMap((one) => one.samples.map((sample) => sample.p99Ms)).filter((value) => value !== null);
  const worst = tail.reduce((most, value) => Math.max(most, value), 0);
  return [
    [
      "ticks by Pub/Sub",
      "none is doubled, and none is lost without being counted; Pub/Sub keeps nothing for a subscriber that is away or cut off",
      `${sum((one) => one.published)} published, ${sum((one) => one.journaled)} journaled, ` +
        `${sum((one) => one.missed)} missed while away, ${sum((one) => one.lost)} lost in ` +
        `${sum((one) => one.stretches)} stretches in which Redis had cut the engine off because it lagged behind ` +
        `(${sum((one) => one.interruptions)} interruptions counted by the engine), ` +
        `${sum((one) => one.doubled)} doubled`,
    ],
    [
      "ticks by HTTP, `JOURNAL_SYNC=always`",
      "each answered tick is in the journal, once",
      `${sum((one) => one.acknowledged)} answered, ${sum((one) => one.acknowledgedLost)} lost`,
    ],
    [
      "kill -9",
      "the engine starts again with everything",
      `${sum((one) => one.kills)} kills; from kill to ready ${down[down.length >> 1] ?? 0} ms (median), ` +
        `${down.at(-1) ?? 0} ms (worst)`,
    ],
    [
      "requests",
      `${GOAL * 100} % answered`,
      `${share(answered, asked)} of ${asked} answered, kills included: ${reached}; ` +
        `${share(answeredUp, askedUp)} of ${askedUp} outside of restarts`,
    ],
    [
      "deployments",
      "each of them ends",
      `${sum((one) => one.requests.deployed)} completed, ${sum((one) => one.requests.deployFailed)} failed, ` +
        `${sum((one) => one.requests.deployCut)} cut off by a kill`,
    ],
    [
      "signals to sockets",
      "no gap for a socket that reads",
      `${sum((one) => one.signals)} received, ${sum((one) => one.gaps)} gaps; worst p99 of ten seconds ${number(worst)} ms`,
    ],
    ...verdicts(pieces).map(({ what, text }) => [what, `flat: at most ${SLOPE_MAX * 100} % an hour`, text]),
  ];
}

function share(part: number, whole: number): string {
  return whole === 0 ? "none" : `${((100 * part) / whole).toFixed(3)} %`;
}

function number(value: number): string {
  return String(Math.round(value * 100) / 100);
}
