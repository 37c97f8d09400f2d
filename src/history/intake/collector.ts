// Takes in the tables of one source, row by row, and gives the datasets that they make: which symbol, when it happened,
// when it could be known, and the numbers. Rows that cannot be are left out, counted, and the first of them named.
import type { EventKind } from "../../domain/event.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { US_PER_MS } from "../../domain/units.ts";
import { COLUMNS } from "../dataset.ts";
import type { Incoming } from "../stored-history.ts";
import { isBlank, isEmpty, numberOf, timeOf, timeOfDay, type Batch, type Cell } from "./cell.ts";
import { faultOf } from "./row-rules.ts";
import { Series, type Oddities } from "./series.ts";
import { shapeOf, type Shape, type ShapeOptions } from "./shape.ts";

export interface CollectorOptions extends ShapeOptions {
  /** Of rows that do not name one. */
  readonly symbol: string;
  /** The symbol was asked for by the user, and is used for a single column of a panel. */
  readonly symbolAsked: boolean;
  readonly venue?: string;
  readonly unit?: string;
  readonly intervalMs?: number;
  /** How much later than its time a row could be known. */
  readonly lagMs?: number;
}

export interface Note {
  readonly line: number;
  readonly message: string;
}

interface Recent {
  readonly series: Series;
  readonly named: string;
  readonly venue: string | null;
  readonly intervalMs: number | null;
  readonly kind: EventKind;
}

const NOTES_MAX = 20;
const SERIES_MAX = 10_000;
/** Rows of all series in memory; above it the largest go to the disk. */
const ROWS_HELD_MAX = 400_000;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,31}$/;
/** What a column means that is not there. NaN: it has to be there, or may stay unknown. */
const DEFAULTS: Readonly<Record<string, number>> = { volume: 0, bid_size: 0, ask_size: 0, source_weight: 1, hash: 0 };
const UNKNOWN = new Set(["expected", "interval_hours", "announced_at", "contract_month"]);

export class Collector {
  badRows = 0;
  rows = 0;
  /** Of the row that was read last. */
  line = 0;
  readonly notes: Note[] = [];
  readonly unused = new Set<string>();
  private readonly options: CollectorOptions;
  private readonly temporary: () => string;
  private readonly series = new Map<string, Series>();
  private readonly shapes = new Map<string, Shape>();
  private readonly values = new Float64Array(5);
  private held = 0;
  private recent: Recent | null = null;

  constructor(options: CollectorOptions, temporary: () => string) {
    this.options = options;
    this.temporary = temporary;
  }

  /** The failure is about the columns: nothing of the source can be used. */
  take(batch: Batch): Result<null, string> {
    const key = `${batch.kind ?? ""}\n${batch.names.join("\n")}`;
    const known = this.shapes.get(key);
    if (!known) {
      const kind = this.options.kind ?? batch.kind;
      const shape = shapeOf(batch.names, { ...this.options, ...(kind === undefined ? {} : { kind }) });
      if (!shape.ok) return shape;
      this.shapes.set(key, shape.value);
      for (const name of shape.value.unused) this.unused.add(name);
      return this.take(batch);
    }
    for (const [index, cells] of batch.rows.entries()) {
      this.line = batch.lines[index] ?? 0;
      const fault = known.panel.length > 0 ? this.takePanel(known, cells) : this.takeRow(known, cells);
      if (fault !== null) this.refuse(this.line, fault);
    }
    if (this.series.size > SERIES_MAX) return failed(`it holds more than ${SERIES_MAX} symbols; split it`);
    if (this.held > ROWS_HELD_MAX) this.relieve();
    return ok(null);
  }

  /** In the order of `incoming`. */
  oddities(): readonly Oddities[] {
    return this.filled().map((series) => series.oddities());
  }

  private filled(): readonly Series[] {
    return [...this.series.values()].filter(({ rows }) => rows.rows > 0);
  }

  incoming(about: Pick<Incoming, "source" | "importedAt" | "replace">): Result<readonly Incoming[], string> {
    const result: Incoming[] = [];
    for (const series of this.filled()) {
      const one = series.incoming(about);
      if (!one.ok) return one;
      result.push(one.value);
    }
    return ok(result);
  }

  close(): void {
    for (const { rows } of this.series.values()) rows.close();
  }

  private takeRow(shape: Shape, cells: readonly Cell[]): string | null {
    this.rows++;
    const series = this.seriesOf(shape, shape.kind, cells, this.symbolOf(shape, cells));
    if (typeof series === "string") return series;
    const { places, kind } = shape;
    const names = COLUMNS[kind];
    for (let column = 0; column < names.length; column++) {
      const at = places[column] ?? -1;
      const name = names[column] ?? "";
      const cell = at < 0 ? null : cells[at];
      if (name === "announced_at") this.values[column] = timeOf(cell, null);
      else if (isBlank(cell)) this.values[column] = DEFAULTS[name] ?? Number.NaN;
      else this.values[column] = numberOf(cell);
      if (Number.isNaN(this.values[column]) && !(UNKNOWN.has(name) && isBlank(cell))) {
        series.badRows++;
        return isEmpty(cell) ? `${name} is empty` : `${name} must be a number, found ${shown(cell)}`;
      }
    }
    return this.add(series, shape, cells);
  }

  private takePanel(shape: Shape, cells: readonly Cell[]): string | null {
    let first: string | null = null;
    const single = shape.panel.length === 1 && this.options.symbolAsked;
    for (const { at, symbol } of shape.panel) {
      const cell = cells[at];
      if (isBlank(cell)) continue;
      this.rows++;
      const series = this.seriesOf(shape, shape.kind, cells, single ? this.options.symbol : symbol);
      const fault = typeof series === "string" ? series : this.takeCell(series, shape, cells, cell);
      if (fault === null) continue;
      if (first !== null) this.badRows++;
      first ??= `${symbol}: ${fault}`;
    }
    return first;
  }

  private takeCell(series: Series, shape: Shape, cells: readonly Cell[], cell: Cell): string | null {
    const value = numberOf(cell);
    if (Number.isNaN(value)) {
      series.badRows++;
      return `must be a number, found ${shown(cell)}`;
    }
    this.values.fill(value, 0, shape.kind === "bar" ? 4 : 1);
    this.values[shape.kind === "bar" ? 4 : 1] = shape.kind === "funding" ? Number.NaN : 0;
    return this.add(series, shape, cells);
  }

  private add(series: Series, shape: Shape, cells: readonly Cell[]): string | null {
    const { kind } = shape;
    const clock = shape.clockAt < 0 ? 0 : timeOfDay(cells[shape.clockAt]);
    let time = timeOf(cells[shape.timeAt], shape.timeUnit) + clock;
    let known = shape.knownAt < 0 ? time : timeOf(cells[shape.knownAt], null);
    if (kind === "earnings" && Number.isNaN(this.values[2])) this.values[2] = known;
    if (kind === "rates" && Number.isNaN(this.values[4])) this.values[4] = 0;
    if (kind === "funding" && Number.isNaN(this.values[1])) this.values[1] = 1; // replaced when the distance is known
    const fault = Number.isNaN(time)
      ? `${shown(cells[shape.timeAt])} is no time between 1970 and 2100`
      : faultOf(kind, this.values);
    if (kind === "funding" && (shape.places[1] ?? -1) < 0) this.values[1] = Number.NaN;
    if (kind === "bar" && shape.intervalAt >= 0) time -= numberOf(cells[shape.intervalAt]) * 1e6;
    known += (this.options.lagMs ?? 0) * US_PER_MS;
    const late = Number.isNaN(known)
      ? `${shown(cells[shape.knownAt])} is no time`
      : "available_at is before the row's time";
    if (fault !== null || !(known >= time)) {
      series.badRows++;
      return fault ?? late;
    }
    series.add(time, known, this.values, this.line);
    this.held++;
    return null;
  }

  private symbolOf(shape: Shape, cells: readonly Cell[]): string {
    const cell = shape.symbolAt < 0 || this.options.symbolAsked ? null : cells[shape.symbolAt];
    return typeof cell === "string" && cell !== "" ? cell : this.options.symbol;
  }

  /** A sentence when the row's own names cannot be used. */
  private seriesOf(shape: Shape, kind: EventKind, cells: readonly Cell[], named: string): Series | string {
    const given = shape.venueAt < 0 ? undefined : cells[shape.venueAt];
    const venue = this.options.venue ?? (typeof given === "string" && given !== "" ? given : null);
    const seconds = shape.intervalAt < 0 ? Number.NaN : numberOf(cells[shape.intervalAt]);
    const intervalMs = this.options.intervalMs ?? (seconds > 0 ? seconds * 1e3 : null);
    const { recent } = this;
    const same = recent?.named === named && recent.venue === venue && recent.intervalMs === intervalMs;
    if (same && recent.kind === kind) return recent.series;
    const key = `${named}|${kind}|${venue ?? ""}|${intervalMs ?? ""}`;
    const there = this.series.get(key);
    if (there) return this.remember(there, named, venue, intervalMs, kind);
    if (!NAME.test(named)) return `${shown(named)} is no symbol: 1 to 32 of A-Z a-z 0-9 . _ / -; give --symbol`;
    if (venue !== null && !NAME.test(venue)) return `${shown(venue)} is no venue: 1 to 32 of A-Z a-z 0-9 . _ / -`;
    const said = shape.unitAt < 0 ? "" : cells[shape.unitAt];
    const unit = kind === "macro" ? (this.options.unit ?? (typeof said === "string" ? said : "")) : "";
    const series = new Series({ symbol: named.toUpperCase(), kind, venue, intervalMs, unit }, this.temporary);
    this.series.set(key, series);
    return this.remember(series, named, venue, intervalMs, kind);
  }

  /** Most rows are of the same series as the row before. */
  private remember(
    series: Series,
    named: string,
    venue: string | null,
    intervalMs: number | null,
    kind: EventKind,
  ): Series {
    this.recent = { series, named, venue, intervalMs, kind };
    return series;
  }

  private refuse(line: number, message: string): void {
    this.badRows++;
    if (this.notes.length < NOTES_MAX) this.notes.push({ line, message });
  }

  /** The largest series go to the disk until half of the room is free. */
  private relieve(): void {
    const largest = [...this.series.values()].toSorted((a, b) => b.rows.held - a.rows.held);
    for (const { rows } of largest) {
      if (this.held <= ROWS_HELD_MAX / 2) return;
      this.held -= rows.held;
      rows.spill();
    }
  }
}

function shown(cell: Cell): string {
  const text = typeof cell === "string" ? JSON.stringify(cell) : cell instanceof Date ? "a date" : String(cell);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
