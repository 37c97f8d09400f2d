// The all-pairs screen of a snapshot, put into one of another width: it has a column for every symbol up to MAX_SYMBOLS or
// 512. Columns are given out in the order of first ticks and none is taken back, and no engine takes more symbols than its
// screen has columns unless that is the widest, so all columns in use fit wherever the symbols fit, and what lies beyond
// them is zeros: the state is, bit for bit, that of an engine which had this width from the first event on.
import * as layout from "../../../assembly/layout.ts";
import * as reference from "../../../assembly/reference.ts";
import { SCREEN_SYMBOLS_MAX, screenBytes } from "./memory-plan.ts";

const HEAD = reference.SCREEN_HEAD_BYTES;
/** Rows in front of the first matrix: the window, then the vectors. */
const ROWS = reference.SCREEN_WINDOW + reference.SCREEN_VECTORS;

/** How many columns a screen of so many bytes has; null: there is none such. */
export function screenWidth(bytes: number): number | null {
  for (let columns = 2; columns <= SCREEN_SYMBOLS_MAX; columns += 2) {
    if (Math.ceil(screenBytes(columns) / layout.LINE) * layout.LINE === bytes) return columns;
  }
  return null;
}

interface Widths {
  readonly from: number;
  readonly to: number;
}
/** Bytes that stay together, and where they go; null: nowhere. */
interface Run {
  readonly length: number;
  readonly to: number | null;
}

/** A piece of the stored screen, `offset` bytes from its beginning, to where it lies in the one at `base`. */
export function moveScreen(memory: Uint8Array, base: number, widths: Widths, piece: Uint8Array, offset: number): void {
  for (let done = 0; done < piece.length;) {
    const run = runAt(widths, offset + done);
    const length = Math.min(run.length, piece.length - done);
    if (run.to !== null) memory.set(piece.subarray(done, done + length), base + run.to);
    done += length;
  }
}

/** What begins `at` bytes from the beginning of the stored screen. */
function runAt(widths: Widths, at: number): Run {
  if (at < HEAD) return { length: HEAD - at, to: at };
  const gap = gapOf(widths.from);
  if (at < gap) return rowAt(widths, at - HEAD, HEAD, ROWS + widths.to);
  const steps = gap + reference.SCREEN_GAP_BYTES;
  if (at < steps) return { length: steps - at, to: null };
  return rowAt(widths, at - steps, gapOf(widths.to) + reference.SCREEN_GAP_BYTES, widths.to);
}

/** Behind the first matrix. */
function gapOf(columns: number): number {
  return HEAD + (ROWS + columns) * columns * 8;
}

/** In rows that go to `begin`, of which there are so many. */
function rowAt({ from, to }: Widths, inside: number, begin: number, rows: number): Run {
  const stride = from * 8;
  const [row, within] = [Math.floor(inside / stride), inside % stride];
  const kept = Math.min(from, to) * 8;
  if (row >= rows || within >= kept) return { length: stride - within, to: null };
  return { length: kept - within, to: begin + row * to * 8 + within };
}
