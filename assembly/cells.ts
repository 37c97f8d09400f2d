// Cells: one lane per (instance, symbol) in the table of their strategy (plan.cellLane), and the lists that lead to
// them from a series (new samples), from a symbol's book (quotes and trades) and from its news (funding, news,
// earnings). A list is made of links, cell index * 32 + strategy code + 1; 0 ends it. Written by the symbol's worker.
import * as layout from "./layout";
import { cellLane, globals, ownsSymbol } from "./plan";
import { column } from "./windows/series";

const CODE_MASK: u32 = (1 << layout.CELL_LINK_SHIFT) - 1;

export function linkOf(code: u32, index: u32): u32 {
  return ((index << layout.CELL_LINK_SHIFT) | code) + 1;
}
export function linkCode(link: u32): u32 {
  return (link - 1) & CODE_MASK;
}
/** The link of the other cell of the same block. */
export function linkTwin(link: u32): u32 {
  return ((link - 1) ^ (1 << layout.CELL_LINK_SHIFT)) + 1;
}
export function linkCell(link: u32): usize {
  return cellLane((link - 1) & CODE_MASK, (link - 1) >> layout.CELL_LINK_SHIFT);
}
/** The next link in the list that goes through column `next` (CELL_NEXT, CELL_NEXT_BOOK, CELL_NEXT_NEWS). */
export function nextLink(cell: usize, next: u32): u32 {
  return u32(column<f64>(cell, next));
}

export function cellCount(code: u32): u32 {
  return load<u32>(globals + (code << 2), layout.GLOBALS_CELLS);
}
/** Rows in use, so that passes over the table know where it ends. */
export function cellUsed(code: u32, index: u32): void {
  const word = globals + (code << 2);
  if (load<u32>(word, layout.GLOBALS_CELLS) <= index) store<u32>(word, index + 1, layout.GLOBALS_CELLS);
}
/** In use, and of a symbol that this worker owns. */
export function ownsCell(cell: usize): bool {
  return column<f64>(cell, layout.CELL_INSTANCE) != 0 && ownsSymbol(u32(column<f64>(cell, layout.CELL_SYMBOL)));
}
export function putCell(cell: usize, index: u32, value: f64): void {
  store<f64>(cell + index * layout.COLUMN_BYTES, value);
}

/** Puts a link in front of the list whose head the caller holds; returns the new head. */
export function pushLink(head: u32, cell: usize, next: u32, link: u32): u32 {
  putCell(cell, next, <f64>head);
  return link;
}
/** Takes a link out of the list; returns its head. */
export function dropLink(head: u32, next: u32, link: u32): u32 {
  if (head == link) return nextLink(linkCell(link), next);
  let at = head;
  while (at != 0) {
    const cell = linkCell(at);
    const after = nextLink(cell, next);
    if (after == link) {
      putCell(cell, next, <f64>nextLink(linkCell(link), next));
      break;
    }
    at = after;
  }
  return head;
}
