// What a run of the fuzzer of decoders found, as a piece to keep, and what all pieces come to, as the table of
// docs/reliability.md. A piece is all of its own seed, so that no case counts twice.
import { type Piece, piece } from "../../proofs.ts";
import { table } from "../../reliability.ts";
import type { TargetReport } from "./decoders.ts";

export interface DecodersPiece extends Piece {
  readonly seed: number;
  readonly decoders: readonly DecoderFigures[];
}

interface DecoderFigures {
  readonly name: string;
  readonly cases: number;
  readonly faults: readonly string[];
  readonly kinds: number;
  /** Percent; null: nothing of it can be seen. */
  readonly covered: number | null;
  /** Of the processor, all threads. */
  readonly cpuMs: number;
  readonly slowestMs: number;
  readonly memoryMib: number;
}

/** Of a fault, with its input in hex: what is longer is made again by its seed. */
const FAULT_CHARACTERS = 4_000;

export function pieceOf(reports: readonly TargetReport[], seed: number, seconds: number): DecodersPiece {
  const decoders = reports.map(({ name, cases, faults, outcomes, reached, cpuMs, slowestMs, memoryMib }) => ({
    name,
    cases,
    faults: faults.map((one) => one.slice(0, FAULT_CHARACTERS)),
    kinds: outcomes.size,
    covered: coveredOf(reached),
    cpuMs: Math.round(cpuMs),
    slowestMs: Math.round(slowestMs),
    memoryMib: Math.round(memoryMib),
  }));
  return { ...piece(seconds), seed, decoders };
}

function coveredOf(reached: TargetReport["reached"]): number | null {
  const bytes = reached.reduce((all, one) => all + one.bytes, 0);
  if (bytes === 0) return null;
  return Math.round((reached.reduce((all, { run }) => all + run, 0) / bytes) * 1_000) / 10;
}

export function casesOf(pieces: readonly DecodersPiece[]): number {
  return sum(
    pieces.flatMap(({ decoders }) => decoders),
    ({ cases }) => cases,
  );
}

export function faultsOf(pieces: readonly DecodersPiece[]): readonly string[] {
  return pieces.flatMap(({ seed, decoders }) =>
    decoders.flatMap(({ name, faults }) => faults.map((one) => `${name}, seed ${seed}, ${one}`)),
  );
}

/** The sum of all pieces: cases and faults; of what is no count the greatest. */
export function tableOf(pieces: readonly DecodersPiece[]): readonly string[] {
  const all = pieces.flatMap(({ decoders }) => decoders);
  const rows = [...new Set(all.map(({ name }) => name))].map((name) => {
    const own = all.filter((one) => one.name === name);
    const most = (of: (one: DecoderFigures) => number): number => Math.max(...own.map(of));
    const covered = most((one) => one.covered ?? -1);
    return [
      name,
      ...counted(own),
      String(most(({ kinds }) => kinds)),
      covered < 0 ? "" : `${covered.toFixed(1)} %`,
      `${most(({ slowestMs }) => slowestMs)} ms`,
      `${most(({ memoryMib }) => memoryMib)} MiB`,
    ];
  });
  const head = [
    "decoder",
    "cases",
    "cases a second of one processor",
    "faults",
    "kinds of outcome",
    "code reached",
    "slowest case",
    "memory of its process",
  ];
  return table([head, ...rows, ["all", ...counted(all)]]);
}

function counted(figures: readonly DecoderFigures[]): readonly string[] {
  const cases = sum(figures, (one) => one.cases);
  const seconds = sum(figures, ({ cpuMs }) => cpuMs) / 1_000;
  const faults = sum(figures, (one) => one.faults.length);
  return [grouped(cases), seconds === 0 ? "" : grouped(Math.round(cases / seconds)), String(faults)];
}

function grouped(count: number): string {
  return count.toLocaleString("en-GB");
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
