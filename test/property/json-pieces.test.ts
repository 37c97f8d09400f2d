// A long text read piece by piece gives what JSON.parse gives of the whole, and is refused where that refuses it, wherever
// the pieces end; and so does a frame of history (test/support/twins/history-frame.ts reads it at once).
import { isDeepStrictEqual } from "node:util";
import { expect, it } from "vitest";
import { readHistory } from "../../src/stream/ingest/history-frame.ts";
import { readPieces, type Pieces } from "../../src/stream/ingest/json-pieces.ts";
import { Random } from "../support/random.ts";
import { frameTwin } from "../support/twins/history-frame.ts";

const SEED = Number(process.env["PROPERTY_SEED"]);
const TEXTS = 2_000;
const END = 1.7e15;

/** JSON as somebody writes it: names may come twice, and space is anywhere. */
type Written = string | readonly Written[] | { readonly members: readonly (readonly [string, Written])[] };

const SCALARS =
  '0 -0 1 -2.5e3 1e400 1640995200 1640995200000 true false null "" "a" "2022-01-01" "\\"" "\\\\" "]},{[" "é\\u00e9" "crypto" "tulips"';
const NAMES =
  "close close close open high low volume timestamp asset_type data columns index a __proto__ constructor 0 1 2 10 01 -0 4294967294 4294967295 1640995200000 1640995260000 \\u0063lose é";

class Texts {
  readonly random: Random;
  private readonly scalars = SCALARS.split(" ");
  private readonly names = NAMES.split(" ");

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.random.integer(values.length)];
    if (value === undefined) throw new RangeError("nothing to pick from");
    return value;
  }

  private many<T>(most: number, make: (at: number) => T): readonly T[] {
    return Array.from({ length: this.random.integer(most + 1) }, (_, at) => make(at));
  }

  name(): string {
    return this.pick(this.names);
  }

  value(depth: number): Written {
    const kind = depth === 0 ? 0 : this.random.integer(3);
    if (kind === 0) return this.pick(this.scalars);
    if (kind === 1) return this.many(6, () => this.value(depth - 1));
    return { members: this.many(6, () => [this.name(), this.value(depth - 1)]) };
  }

  /** Mostly a frame, of any orient. */
  frame(): Written {
    const cell = (): Written => (this.random.next() < 0.9 ? this.pick(this.scalars) : this.value(2));
    const keys = this.many(12, (at) => (this.random.next() < 0.5 ? String(at) : this.name()));
    const orient = this.random.integer(3);
    if (orient === 0) return this.many(12, () => ({ members: this.many(6, () => [this.name(), cell()]) }));
    const column = (): Written => ({
      members: this.many(1, () => keys).flatMap((some) => some.map((key) => [key, cell()])),
    });
    if (orient === 1)
      return { members: [["close", column()], ...this.many(6, () => [this.name(), column()] as const)] };
    const names = ["close", ...this.many(4, () => this.name())];
    const row = (): Written => names.map(cell);
    const data = this.many(12, () => (this.random.next() < 0.98 ? row() : cell()));
    const members: (readonly [string, Written])[] = [
      ["columns", names.map((name) => `"${name}"`)],
      ["data", data],
      ["index", this.many(12, cell)],
      ...this.many(2, () => [this.name(), cell()] as const),
    ];
    return { members: members.toSorted(() => this.random.next() - 0.5) };
  }

  text(value: Written): string {
    const space = (): string => (this.random.next() < 0.8 ? "" : this.pick([" ", "\n", "\t ", "\r"]));
    if (typeof value === "string") return space() + value + space();
    if ("members" in value) {
      const members = value.members.map(([name, member]) => `${space()}"${name}"${space()}:${this.text(member)}`);
      return `${space()}{${members.join(",") || space()}}${space()}`;
    }
    return `${space()}[${value.map((element) => this.text(element)).join(",") || space()}]${space()}`;
  }

  /** As bytes, of which some are wrong now and then. */
  bytes(value: Written): Uint8Array {
    const bytes = [...Buffer.from(this.text(value))];
    while (this.random.next() < 0.4) {
      const at = this.random.integer(bytes.length + 1);
      const odd = this.pick([...Buffer.from('[]{},:"\\0e-n \v'), 0xe2, 0x82, 0xff, 0xef, 0xbb, 0xbf]);
      bytes.splice(at, this.random.integer(3), ...(this.random.next() < 0.6 ? [odd] : []));
    }
    return Uint8Array.from(bytes);
  }
}

/** Puts together again what was told. */
class Whole implements Pieces {
  value: unknown;
  private open: unknown;

  begin(key: string | null, kind: "list" | "object"): void {
    this.open = kind === "list" ? [] : {};
    this.put(key, this.open);
  }
  elements(values: readonly unknown[]): void {
    (this.open as unknown[]).push(...values);
  }
  members(values: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(values)) define(this.open as object, name, value);
  }
  scalar(key: string | null, value: unknown): void {
    this.put(key, value);
  }
  private put(key: string | null, value: unknown): void {
    if (key === null) this.value = value;
    else define(this.value as object, key, value);
  }
}

/** `__proto__` is a name like any other. */
function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}

/** The value and how many pieces it came in; null: it is no JSON. */
function pieced(bytes: Uint8Array, pieceBytes: number): { readonly value: unknown; readonly turns: number } | null {
  const whole = new Whole();
  const steps = readPieces(bytes, whole, pieceBytes);
  for (let turns = 0; ; turns++) {
    const step = steps.next();
    if (step.done === true) return step.value ? { value: whole.value, turns } : null;
  }
}

function parsed(bytes: Uint8Array): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)) };
  } catch {
    return null;
  }
}

it("is what JSON.parse makes of the whole, or is refused by both", () => {
  let [good, bad, turns] = [0, 0, 0];
  for (let seed = SEED; seed < SEED + TEXTS; seed++) {
    const texts = new Texts(seed);
    const bytes = texts.bytes(texts.random.next() < 0.5 ? texts.value(4) : texts.frame());
    const wanted = parsed(bytes);
    for (const pieceBytes of [1, 1 + texts.random.integer(60), 1 << 20]) {
      const given = pieced(bytes, pieceBytes);
      const about = `seed ${seed}, pieces of ${pieceBytes}: ${Buffer.from(bytes).toString()}`;
      expect(given === null, about).toBe(wanted === null);
      expect(JSON.stringify(given?.value), about).toBe(JSON.stringify(wanted?.value));
      turns += given?.turns ?? 0;
    }
    if (wanted === null) bad += 1;
    else good += 1;
  }
  expect(Math.min(good, bad)).toBeGreaterThan(TEXTS / 10);
  expect(turns).toBeGreaterThan(TEXTS);
});

it("is the frame that all of it is, in every orient, or none", () => {
  let [frames, none] = [0, 0];
  for (let seed = SEED; seed < SEED + TEXTS; seed++) {
    const texts = new Texts(seed);
    const bytes = texts.bytes(texts.frame());
    const rowsMax = 1 + texts.random.integer(12);
    const wanted = frameTwin(new TextDecoder().decode(bytes), "A", END, rowsMax);
    for (const pieceBytes of [1, 1 + texts.random.integer(60), 1 << 20]) {
      const steps = readHistory(bytes, "A", END, { rowsMax, pieceBytes });
      let step = steps.next();
      while (step.done !== true) step = steps.next();
      const about = `seed ${seed}, pieces of ${pieceBytes}, ${rowsMax} rows: ${Buffer.from(bytes).toString()}`;
      expect(isDeepStrictEqual(step.value, wanted), about).toBe(true); // also of names such as __proto__
    }
    if (wanted === null) none += 1;
    else if (wanted.length > 0) frames += 1;
  }
  expect(Math.min(frames, none)).toBeGreaterThan(TEXTS / 10);
});
