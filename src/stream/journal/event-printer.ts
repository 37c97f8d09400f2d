// One line of text per event record, for people: strategy-engine replay --print. Names and settings in the journal
// explain its own ids, so lines read from the beginning show symbols by name; a symbol named earlier shows as #id.
import * as layout from "../../../assembly/layout.ts";
import { CONTROL_HISTORY } from "../../../assembly/back-fill-layout.ts";
import { CONTROL_POSITION } from "../../../assembly/position-layout.ts";

const KINDS: Readonly<Record<number, readonly [name: string, ...fields: readonly string[]]>> = {
  [layout.KIND_TRADE]: ["trade", "price", "volume", "high", "low", "open"],
  [layout.KIND_QUOTE]: ["quote", "bid", "ask", "bid_size", "ask_size", "level"],
  [layout.KIND_BAR]: ["bar", "open", "high", "low", "close", "volume"],
  [layout.KIND_FUNDING]: ["funding", "rate", "interval_hours"],
  [layout.KIND_NEWS]: ["news", "score", "source_weight", "hash_low", "hash_high"],
  [layout.KIND_EARNINGS]: ["earnings", "actual", "expected", "announced_at"],
  [layout.KIND_MACRO]: ["macro", "value", "unit"],
  [layout.KIND_RATES]: ["rates", "before", "after", "day", "days_in_month", "delivery_month"],
  [layout.KIND_CLOCK]: ["clock"],
};
const CONTROLS: Readonly<Record<number, readonly [name: string, ...fields: readonly string[]]>> = {
  [layout.CONTROL_SETTING]: ["setting", "index", "value"],
  [layout.CONTROL_INSTANCE]: ["instance", "strategy", "bar_ms", "weight", "enabled", "tier"],
  [layout.CONTROL_PARAMETER]: ["parameter", "index", "value"],
  [layout.CONTROL_ATTACH]: ["attach", "symbol", "series", "cell", "confirm"],
  [layout.CONTROL_SERIES]: ["series", "series", "bar_ms"],
  [layout.CONTROL_GROUP]: ["group", "group", "leg", "symbol", "legs"],
  [layout.CONTROL_ENABLE]: ["enable", "enabled"],
  [layout.CONTROL_THRESHOLD]: ["threshold", "column", "value", "where"],
  [layout.CONTROL_REMOVE]: ["remove"],
  [layout.CONTROL_LATCH]: ["latch", "latched"],
  [layout.CONTROL_OUTCOME]: ["outcome", "net", "confidence", "regime_class", "bounded"],
  [layout.CONTROL_CALIBRATION]: ["calibration", "points", "confidence_raw", "confidence"],
  [layout.CONTROL_INVENTORY]: ["inventory", "symbol", "position"],
  [layout.CONTROL_SNAPSHOT]: ["snapshot"],
  [layout.CONTROL_MARK]: ["mark", "signals", "hash_low", "hash_high", "sequence"],
  [CONTROL_HISTORY]: ["back_fill", "state"],
  [CONTROL_POSITION]: ["position", "ms_high", "ms_low", "place_high", "place_low", "ordinal"],
};
const TIERS: readonly (readonly [bit: number, name: string])[] = [
  [layout.TIER_FAST, "fast"],
  [layout.TIER_TACTICAL, "tactical"],
  [layout.TIER_STRATEGIC, "strategic"],
  [layout.TIER_LEARNING, "learning"],
];
const FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [layout.FLAG_DEMO, "demo"],
  [layout.FLAG_MORE, "more"],
  [layout.FLAG_HISTORY, "history"],
];
const TABLES: readonly string[] = ["symbol", "venue", "series"];

export class EventPrinter {
  private readonly names = new Map<number, string>();

  /** The record at `offset` of `events`; it learns the names that pass by. */
  line(sequence: number, events: Uint8Array, offset: number): string {
    const view = new DataView(events.buffer, events.byteOffset + offset, layout.EVENT_BYTES);
    const flags = bits(FLAGS, view.getUint8(layout.EVENT_FLAGS));
    const clock = view.getFloat64(layout.EVENT_CLOCK, true);
    const words = [sequence, isoTime(clock), this.describe(view)];
    const lag = (clock - view.getFloat64(layout.EVENT_TIME, true)) / 1000;
    if (lag !== 0) words.push(`lag_ms=${lag}`);
    if (flags !== "") words.push(`[${flags}]`);
    return words.join(" ");
  }

  private describe(view: DataView): string {
    const kind = view.getUint8(layout.EVENT_KIND);
    const subject = view.getUint16(layout.EVENT_SUBJECT, true);
    const aux = view.getUint32(layout.EVENT_AUX, true);
    if (kind === layout.KIND_NAME) return this.learn(view, subject, aux);
    if (kind === layout.KIND_CLOCK) return `clock ${bits(TIERS, aux)}`;
    if (kind === layout.KIND_CONTROL) {
      const [name, ...fields] = CONTROLS[aux] ?? [`control_${aux}`, "p0", "p1", "p2", "p3", "p4"];
      return [name, `#${subject}`, ...payload(view, fields)].join(" ");
    }
    const [name, ...fields] = KINDS[kind] ?? [`kind_${kind}`, "p0", "p1", "p2", "p3", "p4"];
    const table = kind === layout.KIND_MACRO ? layout.TABLE_SERIES : layout.TABLE_SYMBOL;
    const who = this.names.get(key(table, subject)) ?? `#${subject}`;
    const more = aux === 0 ? [] : [kind === layout.KIND_BAR ? `interval_ms=${aux}` : `aux=${aux}`];
    return [name, who, ...payload(view, fields), ...more].join(" ");
  }

  private learn(view: DataView, id: number, aux: number): string {
    const table = aux & 0xff;
    const length = Math.min(aux >>> 16, layout.NAME_BYTES);
    const bytes = new Uint8Array(view.buffer, view.byteOffset + layout.EVENT_PAYLOAD, length);
    const name = Buffer.from(bytes).toString("latin1");
    this.names.set(key(table, id), name);
    return `name ${TABLES[table] ?? `table_${table}`} #${id} ${JSON.stringify(name)} asset=${(aux >>> 8) & 0xff}`;
  }
}

function payload(view: DataView, fields: readonly string[]): readonly string[] {
  return fields.map((field, index) => `${field}=${view.getFloat64(layout.EVENT_PAYLOAD + index * 8, true)}`);
}

function bits(table: readonly (readonly [bit: number, name: string])[], value: number): string {
  return table
    .filter(([bit]) => (value & bit) !== 0)
    .map(([, name]) => name)
    .join("+");
}

/** Microseconds stay visible; a clock that no date can show is printed as it is. */
function isoTime(us: number): string {
  const ms = Math.floor(us / 1000);
  if (!(Math.abs(ms) <= 8.64e15)) return String(us);
  return new Date(ms).toISOString().replace("Z", `${String(us - ms * 1000).padStart(3, "0")}Z`);
}

function key(table: number, id: number): number {
  return table * 65536 + id;
}
