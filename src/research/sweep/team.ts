// Workers over one shared tape. Sets are handed out in pieces, whoever is free takes the next one; results come back in
// the order of the sets, so that the number of workers changes nothing. The team is closed after the sweep.
import { Worker } from "node:worker_threads";
import { loadCore } from "../../stream/kernels/core.ts";
import { FastPath, tapeMemory, type Width } from "./fast-path.ts";
import type { PieceFile } from "./piece-file.ts";
import type { ParameterSet, SweepRule } from "./rules.ts";
import type { SetResult } from "./set-result.ts";
import { runPiece, type SweepPiece, type SweepPieceDone, type SweepWorkerData } from "./piece.ts";
import type { Tape } from "./tape.ts";

export interface TeamOptions {
  readonly rule: SweepRule;
  readonly capital: number;
  /** 1: on the calling thread, between turns of its loop. */
  readonly workers: number;
  readonly signal?: AbortSignal;
  /** Finished pieces are kept there, and not run again. */
  readonly file?: PieceFile;
}

/** Bars times sets of a piece: some tens of milliseconds. */
const PIECE_WORK = 10_000_000;
const PIECE_SETS_MIN = 8;

export class Team {
  private readonly options: TeamOptions;
  private readonly bars: number;
  private readonly own: FastPath | null;
  private readonly workers: readonly Worker[];

  constructor(tape: Tape, options: TeamOptions) {
    const { workers, rule, capital } = options;
    this.options = options;
    this.bars = tape.bars;
    const { module } = loadCore();
    const memory = tapeMemory(tape, workers);
    this.own = workers === 1 ? new FastPath(module, memory, 0) : null;
    const dataOf = (worker: number): SweepWorkerData => ({ ...memory, module, worker, rule: rule.name, capital });
    this.workers = Array.from(
      { length: workers === 1 ? 0 : workers },
      (_, worker) => new Worker(new URL("./sweep-worker.js", import.meta.url), { workerData: dataOf(worker) }),
    );
  }

  /** Results in the order of the sets; of the first ones only when it was aborted. */
  async run(
    sets: readonly ParameterSet[],
    width: Width,
    onDone: (sets: number) => void,
  ): Promise<readonly SetResult[]> {
    const done = await this.spread(sets, { width }, onDone);
    return done.flatMap(({ results }) => results);
  }

  /** Equity at the end of every `step` bars, a column a set; null when it was aborted. */
  async curves(
    sets: readonly ParameterSet[],
    width: Width,
    step: number,
    onDone: (sets: number) => void,
  ): Promise<readonly Float64Array[] | null> {
    const done = await this.spread(sets, { width, step }, onDone);
    const curves = done.flatMap((piece) => piece.curves);
    return curves.length === sets.length ? curves : null;
  }

  private async spread(
    sets: readonly ParameterSet[],
    how: Pick<SweepPiece, "width" | "step">,
    onDone: (sets: number) => void,
  ): Promise<readonly SweepPieceDone[]> {
    const size = Math.max(PIECE_SETS_MIN, Math.floor(PIECE_WORK / this.bars));
    const pieces: SweepPiece[] = [];
    for (let first = 0; first < sets.length; first += size)
      pieces.push({ ...how, sets: sets.slice(first, first + size) });
    const results: SweepPieceDone[] = [];
    let next = 0;
    const lane = async (ask: (piece: SweepPiece) => Promise<SweepPieceDone>): Promise<void> => {
      while (this.options.signal?.aborted !== true) {
        const place = next++;
        const piece = pieces[place];
        if (piece === undefined) return;
        results[place] = this.options.file?.get(place, piece) ?? (await this.fresh(place, piece, ask));
        onDone(piece.sets.length);
      }
    };
    const asks =
      this.own === null ? this.workers.map((worker) => (piece: SweepPiece) => asked(worker, piece)) : [this.inline];
    await Promise.all(asks.map(lane));
    const gap = pieces.findIndex((_, place) => results[place] === undefined);
    return results.slice(0, gap < 0 ? results.length : gap);
  }

  private async fresh(
    place: number,
    piece: SweepPiece,
    ask: (piece: SweepPiece) => Promise<SweepPieceDone>,
  ): Promise<SweepPieceDone> {
    const done = await ask(piece);
    this.options.file?.put(place, piece, done);
    return done;
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private readonly inline = async (piece: SweepPiece): Promise<SweepPieceDone> => {
    await new Promise((resolve) => setImmediate(resolve));
    const { rule, capital } = this.options;
    return this.own === null ? { results: [], curves: [] } : runPiece(this.own, rule, piece, capital);
  };
}

function asked(worker: Worker, piece: SweepPiece): Promise<SweepPieceDone> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (done: SweepPieceDone) => {
      worker.off("error", reject);
      resolve(done);
    });
    worker.postMessage(piece);
  });
}
