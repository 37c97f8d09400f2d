// The part of a block that lies in a span of time. Bounds are by `known`: from is in it, to is not.
import type { Block, Span } from "./dataset.ts";

/** First index whose value is not below `bound`; values ascend. */
export function lowerBound(values: ArrayLike<number>, bound: number, length = values.length): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? Infinity) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The rows of the block inside the span, over the same memory; null without any. */
export function cutBlock(block: Block, { from = -Infinity, to = Infinity }: Span): Block | null {
  const begin = lowerBound(block.known, from, block.rows);
  const end = lowerBound(block.known, to, block.rows);
  if (begin === 0 && end === block.rows) return block.rows > 0 ? block : null;
  return begin < end ? sliceBlock(block, begin, end) : null;
}

export function sliceBlock(block: Block, begin: number, end: number): Block {
  return {
    rows: end - begin,
    time: block.time.subarray(begin, end),
    known: block.known.subarray(begin, end),
    columns: block.columns.map((column) => column.subarray(begin, end)),
  };
}
