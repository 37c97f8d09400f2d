// The finished pieces of one sweep on disk, so that a sweep that was killed goes on where it was.
import { ok, type Result } from "../../domain/result.ts";
import { numbersOfText, openSealedLines, textOfNumbers } from "../search/search.ts";
import type { SweepPiece, SweepPieceDone } from "./piece.ts";
import { SET_FIELDS, type SetResult } from "./set-result.ts";

export interface PieceFile {
  /** `place`: number of the piece among those of its kind. */
  get(place: number, piece: SweepPiece): SweepPieceDone | undefined;
  put(place: number, piece: SweepPiece, done: SweepPieceDone): void;
  close(): void;
}

interface Written {
  readonly key: string;
  /** Fields of the results set by set, or curves one after the other. */
  readonly numbers: string;
}

/** `what`: everything that the sweep follows from. */
export function openPieceFile(path: string, what: string): Result<PieceFile, string> {
  const opened = openSealedLines(path, FORMAT, what);
  if (!opened.ok) return opened;
  const { lines, append, close } = opened.value;
  const known = new Map(lines.map((line) => JSON.parse(line) as Written).map(({ key, numbers }) => [key, numbers]));
  return ok({
    get: (place, piece) => {
      const text = known.get(keyOf(place, piece));
      return text === undefined ? undefined : doneOf(piece, numbersOfText(text));
    },
    put: (place, piece, done) =>
      append(JSON.stringify({ key: keyOf(place, piece), numbers: textOfNumbers(numbersOf(done)) } satisfies Written)),
    close,
  });
}
const FORMAT = 3;

function keyOf(place: number, { width, step }: SweepPiece): string {
  return `${width} ${step ?? 0} ${place}`;
}

function numbersOf({ results, curves }: SweepPieceDone): Float64Array {
  if (curves.length === 0) return Float64Array.from(results.flatMap((one) => SET_FIELDS.map((field) => one[field])));
  const length = curves[0]?.length ?? 0;
  const all = new Float64Array(curves.length * length);
  curves.forEach((curve, place) => all.set(curve, place * length));
  return all;
}

function doneOf({ sets, step }: SweepPiece, numbers: Float64Array): SweepPieceDone {
  const each = numbers.length / sets.length;
  const parts = sets.map((_, place) => numbers.slice(place * each, (place + 1) * each));
  if (step !== undefined) return { results: [], curves: parts };
  const resultOf = (part: Float64Array): SetResult =>
    Object.fromEntries(SET_FIELDS.map((field, place) => [field, part[place] ?? Number.NaN])) as unknown as SetResult;
  return { results: parts.map(resultOf), curves: [] };
}
