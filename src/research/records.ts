// From a row of history to the record that ingest writes for the same news: kind, subject, flags, aux, time and payload
// as assembly/decode/records.ts writes them. What differs here would make a backtest another computation than live.
import * as layout from "../../assembly/layout.ts";
import * as wire from "../../assembly/wire.ts";
import type { EventKind } from "../domain/event.ts";
import type { EpochUs } from "../domain/units.ts";
import { COLUMNS, type Dataset, type Row } from "../history/history.ts";
import type { SoloPlane } from "../stream/solo-plane.ts";

const KINDS: Readonly<Record<EventKind, number>> = {
  trade: layout.KIND_TRADE,
  quote: layout.KIND_QUOTE,
  bar: layout.KIND_BAR,
  funding: layout.KIND_FUNDING,
  news: layout.KIND_NEWS,
  earnings: layout.KIND_EARNINGS,
  macro: layout.KIND_MACRO,
  rates: layout.KIND_RATES,
};

const UNITS: Readonly<Record<string, number>> = {
  index: wire.UNIT_INDEX,
  percent: wire.UNIT_PERCENT,
  basis_points: wire.UNIT_BASIS_POINTS,
  count: wire.UNIT_COUNT,
  thousands: wire.UNIT_THOUSANDS,
  usd: wire.UNIT_USD,
  usd_millions: wire.UNIT_USD_MILLIONS,
  usd_billions: wire.UNIT_USD_BILLIONS,
  usd_trillions: wire.UNIT_USD_TRILLIONS,
};

const HALF = 2 ** 32;

/** Where records are written: the plane of a run, or that of a journal that is traced again. */
export interface RecordSink {
  write(
    kind: number,
    subject: number,
    flags: number,
    aux: number,
    time: EpochUs,
    known: EpochUs,
    payload: readonly number[],
  ): number;
}

export interface FormOptions {
  readonly kind: EventKind;
  /** Ids as the stream knows them. */
  readonly subject: number;
  readonly aux: number;
  readonly flags: number;
  readonly unit: number;
  /** Columns of the kind; a row has room for more. */
  readonly width: number;
}

/** What of a row becomes a record. */
type Values = Pick<Row, "time" | "known" | "values">;

/** The rows of one kind, symbol and venue as records, and records as rows. */
export class RecordForm {
  private readonly sink: RecordSink;
  private readonly options: FormOptions;
  private readonly kind: number;
  /** A bar's event time is its end. */
  private readonly lengthUs: number;
  private readonly payload = [0, 0, 0, 0, 0];
  private readonly row = { time: 0, known: 0, values: new Float64Array(5) };

  constructor(sink: RecordSink, options: FormOptions) {
    this.sink = sink;
    this.options = options;
    this.kind = KINDS[options.kind];
    this.lengthUs = options.kind === "bar" ? options.aux * 1000 : 0;
  }

  /** Sequence of the event. */
  write({ time, known, values }: Values): number {
    const { payload } = this;
    const { subject, aux, flags, width } = this.options;
    for (let index = 0; index < payload.length; index++) payload[index] = index < width ? (values[index] ?? 0) : 0;
    this.complete(payload);
    const happened = Math.min(time + this.lengthUs, known);
    return this.sink.write(this.kind, subject, flags, aux, happened, known, payload);
  }

  /** The row that a record would be stored as; valid until the next call. */
  rowOf(record: DataView): Values {
    const { row } = this;
    const at = (index: number): number => record.getFloat64(layout.EVENT_PAYLOAD + index * 8, true);
    row.time = record.getFloat64(layout.EVENT_TIME, true) - this.lengthUs;
    row.known = record.getFloat64(layout.EVENT_CLOCK, true);
    for (let index = 0; index < row.values.length; index++) row.values[index] = at(index);
    if (this.kind === layout.KIND_NEWS) row.values[2] = at(2) + at(3) * HALF;
    return row;
  }

  /** What a record holds that its row does not; null: nothing that is known of. */
  reason(record: DataView): string | null {
    const at = (index: number): number => record.getFloat64(layout.EVENT_PAYLOAD + index * 8, true);
    if (record.getFloat64(layout.EVENT_TIME, true) > record.getFloat64(layout.EVENT_CLOCK, true))
      return "a time ahead of the engine's clock";
    if (this.kind === layout.KIND_QUOTE && at(4) > 0) return "levels of a book below the best";
    if (this.kind === layout.KIND_TRADE && (at(2) !== at(0) || at(3) !== at(0) || at(4) !== at(0)))
      return "open, high and low of a trade";
    if (this.kind === layout.KIND_NEWS && at(3) >= 2 ** 21) return "a news hash of more than 53 bits";
    return null;
  }

  /** What the wire adds to the columns. */
  private complete(payload: number[]): void {
    const [first = 0, , third = 0] = payload;
    if (this.kind === layout.KIND_TRADE) payload[2] = payload[3] = payload[4] = first;
    else if (this.kind === layout.KIND_NEWS) {
      payload[2] = third % HALF;
      payload[3] = Math.floor(third / HALF);
    } else if (this.kind === layout.KIND_MACRO) payload[1] = this.options.unit;
  }
}

/** The form of a dataset's rows; its names are given their ids. */
export function formOf(plane: SoloPlane, { kind, symbol, venue, intervalMs, unit }: Dataset): RecordForm {
  const venueId = venue === null || kind === "bar" ? 0 : plane.label(layout.TABLE_VENUE, venue);
  const macro = kind === "macro";
  const subject = macro ? plane.label(layout.TABLE_SERIES, symbol) : kind === "rates" ? 0 : plane.symbol(symbol);
  const aux = kind === "bar" ? intervalMs : macro ? 0 : kind === "rates" ? contract(plane, symbol) : venueId;
  const options = { kind, subject, aux, flags: 0, unit: UNITS[unit] ?? wire.UNIT_OTHER };
  return new RecordForm(plane, { ...options, width: COLUMNS[kind].length });
}

/** A dataset of rates is named after its contract; "RATES" says that there is none. */
function contract(plane: SoloPlane, symbol: string): number {
  return symbol === "RATES" ? 0 : plane.label(layout.TABLE_SERIES, symbol);
}
