// Faults that are planted to prove that the simulator finds them (`--sabotage`): how signals, events, tidings and commits
// look once they are bent. When one is planted is decided by who hands the thing on; here is only what becomes of it.
import { closeSync, fstatSync, ftruncateSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as layout from "../../../assembly/layout.ts";
import type { Approved } from "../../../src/domain/approved.ts";
import type { Failure } from "../../../src/domain/failure.ts";
import type { ExecutionNews } from "../../../src/manage/executions/messages.ts";
import type { Statement } from "../../../src/store/store.ts";
import { SEGMENT_HEADER_BYTES } from "../../../src/stream/journal/segment.ts";
import type { Stream } from "../../../src/stream/stream.ts";

/** In the data plane. */
export const PLANE_LIES = [
  "double-signal",
  "made-up-signal",
  "forge-signal",
  "swap-signals",
  "lift-stop",
  "forget-stop",
  "turn-clock",
  "bend-mark",
  "bend-state",
  "cut-stop",
] as const;
export type PlaneLie = (typeof PLANE_LIES)[number];

/** Among those who trade on it, and who change strategies. */
export const TRADING_LIES = [
  "drop-posting",
  "false-confirm",
  "false-refusal",
  "silent-store",
  "bend-fill",
  "bend-holding",
  "bend-cost",
  "bend-account",
  "tilt-posting",
  "no-posting",
  "stray-posting",
  "forget-fills",
  "other-books",
  "break-thread",
  "false-change",
  "kept-change",
  "false-deletion",
  "half-change",
  "bend-entry",
  "lost-entry",
  "extra-entry",
  "odd-entry",
  "odd-move",
] as const;
export type TradingLie = (typeof TRADING_LIES)[number];

/** Whether this one is told now. */
export type Lies<Lie> = (lie: Lie, chance?: number) => boolean;

const CLOCK_US = 1_000_000_000;
const FILL = /^\s*INSERT INTO trades /;
const POSTING = /^\s*INSERT INTO ledger /;
const BOOKED = /^\s*INSERT INTO (?:trades|ledger|orders) /;
const ENTRY = /^\s*INSERT INTO audit /;

/** Signals on their way out: one with another id, or a batch the wrong way round. */
export function bentSignals(signals: readonly Approved[], lies: Lies<PlaneLie>): readonly Approved[] {
  const [first, ...rest] = signals;
  const last = signals.at(-1);
  if (first === undefined || last === undefined) return signals;
  if (lies("forge-signal")) return [{ ...first, id: `${first.id}0` }, ...rest];
  return first.sequence < last.sequence && lies("swap-signals", 1) ? signals.toReversed() : signals;
}

/** Events from `next` on, which nobody has read yet, are changed where everybody will read them. */
export function bendEvents({ compute }: Stream, next: number, lies: Lies<PlaneLie>): void {
  const { ring, plan, memory } = compute.plane;
  const head = Atomics.load(new Int32Array(memory.buffer), layout.EVENT_HEAD >> 2);
  const published = ring.nextSequence - ((ring.mark() - head) | 0);
  const base = plan.bases[layout.PLAN_EVENTS] ?? 0;
  for (let back = published - next; back > 0; back--) {
    const slot = base + ((head - back) & (layout.EVENT_SLOTS - 1)) * layout.EVENT_BYTES;
    const view = new DataView(memory.buffer, slot, layout.EVENT_BYTES);
    const add = (at: number, change: number): void => view.setFloat64(at, view.getFloat64(at, true) + change, true);
    if (lies("turn-clock", 0.01)) add(layout.EVENT_CLOCK, -CLOCK_US);
    const marks =
      view.getUint8(layout.EVENT_KIND) === layout.KIND_CONTROL &&
      view.getUint32(layout.EVENT_AUX, true) === layout.CONTROL_MARK;
    if (marks && lies("bend-mark", 1)) add(layout.EVENT_PAYLOAD, 1);
  }
}

/** One bit of a state, at the first byte of its second half that says something. */
export function bendState(state: Uint8Array): void {
  const at = state.findIndex((byte, index) => index >= state.length / 2 && byte !== 0);
  if (at >= 0) state[at] = (state[at] ?? 0) ^ 1;
}

/** The last byte of a journal that was closed is gone, and with it its last block. */
export function cutJournal(dir: string): void {
  const newest = readdirSync(dir)
    .filter((name) => name.endsWith(".journal"))
    .toSorted()
    .at(-1);
  if (newest === undefined) return;
  const file = openSync(join(dir, newest), "r+");
  const { size } = fstatSync(file);
  if (size > SEGMENT_HEADER_BYTES) ftruncateSync(file, size - 1);
  closeSync(file);
}

/** What a thread of executions tells, otherwise than it is; null: there is nothing in it to bend. */
export function bentNews(news: ExecutionNews, lie: TradingLie): ExecutionNews | null {
  const [fill, ...fills] = news.fills;
  const [posting, ...postings] = news.postings;
  const [position, ...positions] = news.positions ?? [];
  const { state } = news;
  const { balances } = state;
  if (lie === "bend-account")
    return { ...news, state: { ...state, balances: { ...balances, cash: balances.cash + 1 } } };
  if (lie === "bend-fill" && fill !== undefined)
    return { ...news, fills: [{ ...fill, price: 2 * fill.price }, ...fills] };
  if (lie === "tilt-posting" && posting !== undefined)
    return { ...news, postings: [{ ...posting, cash: posting.cash + 1 }, ...postings] };
  if (position === undefined) return null;
  if (lie === "bend-cost") return { ...news, positions: [{ ...position, cost: position.cost + 1 }, ...positions] };
  if (lie === "bend-holding")
    return { ...news, positions: [{ ...position, quantity: 2 * position.quantity }, ...positions] };
  return null;
}

/** What becomes of a commit between who hands it in and the store. */
export interface StoreLies {
  /** What is handed in at all: nobody has promised the rest. */
  handed(statements: readonly Statement[]): readonly Statement[];
  /** What is stored in its place; null: nothing, and it is said to be done. */
  bent(statements: readonly Statement[]): readonly Statement[] | null;
  /** It was stored, and this is answered all the same; null: that it was. */
  answer(statements: readonly Statement[]): Failure | null;
}

const HONEST: StoreLies = { handed: (all) => all, bent: (all) => all, answer: () => null };
const FULL: Failure = { code: "storage_full" };
const IN_DOUBT: Failure = { code: "storage_unavailable" };

/** Of those who start executions. */
export function startLies(lies: Lies<TradingLie>): StoreLies {
  return { ...HONEST, answer: () => (lies("false-refusal", 1) ? FULL : null) };
}

/** Of fills and what is posted for them. */
export function ledgerLies(lies: Lies<TradingLie>): StoreLies {
  const forgotten = new Set<string>();
  const unposted = new Set<string>();
  return {
    ...HONEST,
    handed: (statements) => {
      const fill = statements.find(({ sql }) => FILL.test(sql));
      if (fill !== undefined && lies("forget-fills")) forgotten.add(String(fill.params[1]));
      return without(statements, BOOKED, forgotten);
    },
    bent: (statements) => {
      const placeOf = (kind: string): number =>
        statements.findIndex(({ sql, params }) => POSTING.test(sql) && params.includes(kind));
      const [capital, fill] = [statements[placeOf("capital")], placeOf("fill")];
      const any = statements.findIndex(({ sql }) => POSTING.test(sql));
      if (any >= 0 && lies("drop-posting")) return statements.toSpliced(any, 1);
      if (capital !== undefined && lies("no-posting", 1)) unposted.add(String(capital.params[0]));
      if (fill >= 0 && lies("stray-posting"))
        return statements.map((one, index) => (index === fill ? astray(one) : one));
      return without(statements, POSTING, unposted);
    },
  };
}

/** Rows of that kind are left out that are of one of these executions. */
function without(
  statements: readonly Statement[],
  kind: RegExp,
  executions: ReadonlySet<string>,
): readonly Statement[] {
  if (executions.size === 0) return statements;
  const isTheirs = (value: unknown): boolean => typeof value === "string" && executions.has(value);
  return statements.filter(({ sql, params }) => !kind.test(sql) || !params.some(isTheirs));
}

/** The same amounts, posted for no fill. */
function astray({ sql, params }: Statement): Statement {
  const kind = params.indexOf("fill");
  // Behind the kind come the time, the symbol and the number of the fill.
  return { sql, params: params.with(kind, "funding").with(kind + 3, null) };
}

/** Of strategies and the trail of what was done to them. */
export function clerkLies(lies: Lies<TradingLie>): StoreLies {
  const speaksOf = (statements: readonly Statement[], action: string): boolean =>
    statements.some(({ sql, params }) => ENTRY.test(sql) && params.includes(action));
  const halved = new WeakSet<readonly Statement[]>();
  return {
    ...HONEST,
    bent: (statements) => {
      if (speaksOf(statements, "strategy.update") && lies("false-change", 1)) return null;
      if (speaksOf(statements, "strategy.delete") && lies("false-deletion", 1)) return null;
      if (speaksOf(statements, "strategy.update") && lies("half-change", 1)) halved.add(statements);
      if (halved.has(statements) || lies("lost-entry")) return statements.filter(({ sql }) => !ENTRY.test(sql));
      return lies("bend-entry") ? statements.map(byAnother) : statements;
    },
    answer: (statements) => {
      if (halved.has(statements)) return IN_DOUBT;
      return speaksOf(statements, "strategy.update") && lies("kept-change", 1) ? FULL : null;
    },
  };
}

/** An entry of the trail that names somebody else than its hash does. */
function byAnother({ sql, params }: Statement): Statement {
  return ENTRY.test(sql)
    ? { sql, params: params.map((value) => (value === "clerk" ? "nobody" : value)) }
    : { sql, params };
}
