// What is written to a history is what is read from it, for any size of blocks, any span, any order and parting of imports.
import { afterEach, beforeEach, expect, it } from "vitest";
import { COLUMNS, memoryHistory, merge, type Table } from "../../src/history/history.ts";
import { HistoryFolder, rowsOf } from "../support/history-folder.ts";
import { Random } from "../support/random.ts";
import type { EventKind } from "../../src/domain/event.ts";
import { SortedRows } from "../../src/history/intake/sorted-rows.ts";

const KINDS = Object.keys(COLUMNS) as EventKind[];
let folder: HistoryFolder;

beforeEach(() => {
  folder = new HistoryFolder();
});
afterEach(() => {
  folder.remove();
});

function table(random: Random, kind: EventKind, count: number): Table {
  let known = 1e15;
  const knowns = Array.from({ length: count }, () => (known += Math.floor(random.between(1, 9))));
  const value = (): number => (random.next() < 0.02 ? Number.NaN : random.between(-5, 5));
  return {
    symbol: "X",
    kind,
    time: knowns.map((at) => at - 3),
    known: knowns,
    columns: COLUMNS[kind].map(() => knowns.map(value)),
  };
}

function store(part: Table, blockRows: number): void {
  const memory = memoryHistory([part]);
  const [dataset] = memory.list();
  if (!dataset) throw new Error("no dataset");
  const quality = { badRows: 0, unsorted: 0 };
  const blocks = memory.read(dataset);
  const stored = folder.history.store({ ...dataset, source: "test", quality, importedAt: 1, blocks, blockRows });
  if (!stored.ok) throw new Error(stored.failure);
}

function rowsAt(whole: Table, places: readonly number[]): Table {
  const pick = (values: ArrayLike<number>): number[] => places.map((at) => values[at] ?? Number.NaN);
  const known = pick(whole.known ?? []);
  return { ...whole, time: pick(whole.time), known, columns: whole.columns.map(pick) };
}

it("blocks and spans", () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = new Random(seed);
    const kind = KINDS[seed % KINDS.length] ?? "bar";
    const whole = table(random, kind, 1 + random.integer(300));
    store(whole, 1 + random.integer(70));
    const [dataset] = folder.history.list();
    if (!dataset) throw new Error("nothing was stored");
    const memory = memoryHistory([whole]);
    expect(dataset.hash, `seed ${seed}`).toBe(memory.list()[0]?.hash);
    for (let round = 0; round < 5; round++) {
      const from = random.between(1e15 - 10, 1e15 + 1_600);
      const span = { from, to: from + random.between(0, 900) };
      const expected = rowsOf(memory.read(memory.list()[0] ?? dataset, span));
      expect(rowsOf(folder.history.read(dataset, span)), `seed ${seed}`).toEqual(expected);
    }
    folder.history.remove(dataset.id);
  }
});

it("imports in parts that overlap, in any order", () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = new Random(seed);
    const kind = KINDS[seed % KINDS.length] ?? "bar";
    const whole = table(random, kind, 2 + random.integer(200));
    const places = Array.from({ length: whole.time.length }, (_, at) => at);
    const left = new Set(places);
    for (let part = 0; part < 4 || left.size > 0; part++) {
      const chosen = places.filter((at) => (part >= 3 ? left.has(at) : random.next() < 0.4));
      if (chosen.length > 0) store(rowsAt(whole, chosen), 1 + random.integer(50));
      for (const at of chosen) left.delete(at);
    }
    const [dataset] = folder.history.list();
    expect(dataset?.hash, `seed ${seed}`).toBe(memoryHistory([whole]).list()[0]?.hash);
    folder.history.remove(dataset?.id ?? "");
  }
});

it("rows in any order come back sorted, in memory and from the disk", () => {
  for (let seed = 0; seed < 40; seed++) {
    const random = new Random(seed);
    const rows = new SortedRows("trade", () => folder.history.temporary());
    const naive: number[][] = [];
    const count = random.integer(2_000);
    for (let at = 0; at < count; at++) {
      const known = random.next() < 0.8 ? at : random.integer(count);
      naive.push([known - 1, known, at, random.next()]);
      rows.add(known - 1, known, naive[at]?.slice(2) ?? []);
      if (seed % 2 === 1 && random.next() < 0.005) rows.spill();
    }
    naive.sort((a, b) => (a[1] ?? 0) - (b[1] ?? 0) || (a[2] ?? 0) - (b[2] ?? 0));
    expect(rowsOf(rows.blocks()), `seed ${seed}`).toEqual(naive);
    rows.close();
    expect(folder.files()).toEqual([]);
  }
});

it("a merged stream is the sorted whole", () => {
  for (let seed = 0; seed < 40; seed++) {
    const random = new Random(seed);
    const tables = Array.from({ length: 1 + random.integer(12) }, (_, at) => ({
      ...table(random, "trade", random.integer(80)),
      symbol: `S${at}`,
    }));
    const memory = memoryHistory(tables, 1 + random.integer(20));
    const list = memory.list();
    const naive = list.flatMap((dataset, source) => rowsOf(memory.read(dataset)).map((row) => [source, ...row]));
    naive.sort((a, b) => (a[2] ?? 0) - (b[2] ?? 0) || (a[0] ?? 0) - (b[0] ?? 0));
    const seen: number[][] = [];
    merge(memory, list, {}, ({ known, source, time, values }) =>
      seen.push([source, time, known, ...values.subarray(0, 2)]),
    );
    expect(seen, `seed ${seed}`).toEqual(naive);
  }
});
