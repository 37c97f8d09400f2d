// From a row of history to the record that ingest writes for the same news: kind, subject, flags, aux, time and payload
// as assembly/decode/records.ts writes them. What differs here would make a backtest another computation than live.
import * as layout from "../../assembly/layout.ts";
import * as wire from "../../assembly/wire.ts";
import type { EventKind } from "../domain/event.ts";
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

/** Writes the rows of one dataset; its names are given their ids when it is made. */
export class RecordWriter {
  readonly symbol: number;
  private readonly plane: SoloPlane;
  private readonly kind: number;
  private readonly aux: number;
  private readonly unit: number;
  /** A bar's event time is its end. */
  private readonly lengthUs: number;
  /** Columns of the kind; a row has room for more. */
  private readonly width: number;
  private readonly payload = [0, 0, 0, 0, 0];

  constructor(plane: SoloPlane, dataset: Dataset) {
    const { kind, symbol, venue, intervalMs, unit } = dataset;
    this.plane = plane;
    this.kind = KINDS[kind];
    this.width = COLUMNS[kind].length;
    this.unit = UNITS[unit] ?? wire.UNIT_OTHER;
    this.lengthUs = kind === "bar" ? intervalMs * 1000 : 0;
    const venueId = venue === null || kind === "bar" ? 0 : plane.label(layout.TABLE_VENUE, venue);
    if (kind === "macro") this.symbol = plane.label(layout.TABLE_SERIES, symbol);
    else this.symbol = kind === "rates" ? 0 : plane.symbol(symbol);
    this.aux =
      kind === "bar" ? intervalMs : kind === "macro" ? 0 : kind === "rates" ? contract(plane, symbol) : venueId;
  }

  /** Sequence of the event. */
  write({ time, known, values }: Row): number {
    const { payload } = this;
    for (let index = 0; index < payload.length; index++) payload[index] = index < this.width ? (values[index] ?? 0) : 0;
    this.complete(payload);
    const happened = Math.min(time + this.lengthUs, known);
    return this.plane.write(this.kind, this.symbol, 0, this.aux, happened, known, payload);
  }

  /** What the wire adds to the columns. */
  private complete(payload: number[]): void {
    const [first = 0, , third = 0] = payload;
    if (this.kind === layout.KIND_TRADE) payload[2] = payload[3] = payload[4] = first;
    else if (this.kind === layout.KIND_NEWS) {
      payload[2] = third % HALF;
      payload[3] = Math.floor(third / HALF);
    } else if (this.kind === layout.KIND_MACRO) payload[1] = this.unit;
  }
}

/** A dataset of rates is named after its contract; "RATES" says that there is none. */
function contract(plane: SoloPlane, symbol: string): number {
  return symbol === "RATES" ? 0 : plane.label(layout.TABLE_SERIES, symbol);
}
