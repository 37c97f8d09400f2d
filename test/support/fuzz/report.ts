// What a run of the fuzzer of requests found, as a piece to keep, and what all pieces come to, as the table of
// docs/reliability.md.
import { type Piece, piece } from "../proofs.ts";
import { table } from "../reliability.ts";
import type { FuzzReport } from "./fuzz.ts";

export interface RequestsPiece extends Piece {
  readonly seed: number;
  readonly sent: number;
  /** Connections that spoke no HTTP. */
  readonly garbage: number;
  readonly statuses: readonly (readonly [status: number, count: number])[];
  readonly slowestMs: number;
  readonly slowestComputedMs: number;
  /** MiB; 0: it was never warm. */
  readonly memoryWarm: number;
  readonly memoryEnd: number;
  readonly faults: readonly string[];
}

export function pieceOf(report: FuzzReport, faults: readonly string[]): RequestsPiece {
  const { seed, sent, seconds, garbage, statuses, slowestMs, slowestComputedMs, memoryStart, memoryEnd } = report;
  return {
    ...piece(seconds),
    seed,
    sent,
    garbage,
    statuses: [...statuses].toSorted(([one], [other]) => one - other),
    slowestMs: Math.round(slowestMs),
    slowestComputedMs: Math.round(slowestComputedMs),
    memoryWarm: Math.round(memoryStart),
    memoryEnd: Math.round(memoryEnd),
    faults,
  };
}

export function requestsOf(pieces: readonly RequestsPiece[]): number {
  return sum(pieces, ({ sent }) => sent);
}

/** The sum of all pieces; of what is no count the greatest. */
export function tableOf(pieces: readonly RequestsPiece[]): readonly string[] {
  const most = (of: (one: RequestsPiece) => number): number => Math.max(0, ...pieces.map(of));
  const statuses = new Map<number, number>();
  for (const [status, count] of pieces.flatMap((one) => one.statuses))
    statuses.set(status, (statuses.get(status) ?? 0) + count);
  const answers = [...statuses].toSorted(([one], [other]) => one - other);
  const server = sum(answers, ([status, count]) => (status >= 500 && status !== 501 && status !== 503 ? count : 0));
  const warm = pieces.filter(({ memoryWarm }) => memoryWarm > 0);
  const grown = Math.max(0, ...warm.map(({ memoryWarm, memoryEnd }) => memoryEnd - memoryWarm));
  return table([
    ["what", "found"],
    ["requests", grouped(requestsOf(pieces))],
    ["connections that spoke no HTTP, at the same time", grouped(sum(pieces, ({ garbage }) => garbage))],
    ["faults", String(sum(pieces, ({ faults }) => faults.length))],
    ["answers by status", answers.map(([status, count]) => `${status}: ${grouped(count)}`).join(", ")],
    ["answers with 5xx other than 501 and 503", grouped(server)],
    ["slowest answer", `${most(({ slowestMs }) => slowestMs)} ms`],
    ["slowest answer to a request that computes first", `${most(({ slowestComputedMs }) => slowestComputedMs)} ms`],
    ["memory of the engine", `${most(({ memoryEnd }) => memoryEnd)} MiB; ${grown} MiB more than when it was warm`],
  ]);
}

function grouped(count: number): string {
  return count.toLocaleString("en-GB");
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
