// Cells: one lane per (instance, symbol) in the table of their strategy (plan.cellLane), and the lists that lead to
// them from a series (new samples), from a symbol's book (quotes and trades) and from its news (funding, news,
// earnings). A list is made of links, cell index * 32 + strategy code + 1; 0 ends it. Written by the symbol's worker.
// The links of a book's first cells stand side by side in the symbol's row, so that a quote does not have to wait for
// one cell to find the next; only those that find no room there are a list.
import * as layout from "./layout";
import { cellLane, globals, ownsSymbol } from "./plan";
import { column } from "./windows/series";
import { whole } from "./math/whole";

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
  return whole(column<f64>(cell, next));
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
  return column<f64>(cell, layout.CELL_INSTANCE) != 0 && ownsSymbol(whole(column<f64>(cell, layout.CELL_SYMBOL)));
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

// ---- Books ---------------------------------------------------------------------------------------------------------
/** The cell hears the quotes, the trades or both of the symbol at `row` from now on. */
export function hearBook(row: usize, cell: usize, link: u32, quotes: bool, trades: bool): void {
  const forQuotes = quotes ? freePlace(row + layout.SYMBOL_QUOTE_CELLS) : 0;
  const forTrades = trades ? freePlace(row + layout.SYMBOL_TRADE_CELLS) : 0;
  if (forQuotes == layout.BOOK_CELLS || forTrades == layout.BOOK_CELLS) {
    const head = load<u32>(row, layout.SYMBOL_FIRST_BOOK_CELL);
    store<u32>(row, pushLink(head, cell, layout.CELL_NEXT_BOOK, link), layout.SYMBOL_FIRST_BOOK_CELL);
    return;
  }
  if (quotes) store<u32>(row + layout.SYMBOL_QUOTE_CELLS + (forQuotes << 2), link);
  if (trades) store<u32>(row + layout.SYMBOL_TRADE_CELLS + (forTrades << 2), link);
}
/** It hears nothing any more. Cells of the list stay there: a list is as good, only slower. */
export function leaveBook(row: usize, link: u32): void {
  takeOut(row + layout.SYMBOL_QUOTE_CELLS, link);
  takeOut(row + layout.SYMBOL_TRADE_CELLS, link);
  const head = load<u32>(row, layout.SYMBOL_FIRST_BOOK_CELL);
  store<u32>(row, dropLink(head, layout.CELL_NEXT_BOOK, link), layout.SYMBOL_FIRST_BOOK_CELL);
}
function freePlace(links: usize): u32 {
  let place: u32 = 0;
  while (place < u32(layout.BOOK_CELLS) && load<u32>(links + (place << 2)) != 0) place++;
  return place;
}
function takeOut(links: usize, link: u32): void {
  let kept: u32 = 0;
  for (let place: u32 = 0; place < u32(layout.BOOK_CELLS); place++) {
    const one = load<u32>(links + (place << 2));
    store<u32>(links + (place << 2), 0);
    if (one == link || one == 0) continue;
    store<u32>(links + (kept << 2), one);
    kept++;
  }
}
