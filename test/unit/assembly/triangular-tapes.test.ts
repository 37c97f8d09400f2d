// triangular_arbitrage on whole tapes: against its twin, scaled, cut short, by several workers, and on recorded quotes.
import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { Random } from "../../../src/domain/random.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { recorded } from "../../support/days.ts";
import type { Level, PlaneOptions } from "../../support/plane.ts";
import {
  LEG_NAMES as NAMES,
  openTriangle as open,
  triangleSignals as own,
  type Known,
} from "../../support/triangle-plane.ts";
import { TriangleTwin, type TwinSignal } from "../../support/twins/triangular-arbitrage.ts";

const MS = 1000;
const entries = (signals: readonly SignalRecord[]) => signals.filter(({ action }) => action !== layout.ACTION_EXIT);

describe("random books", () => {
  interface Step {
    readonly leg: number;
    readonly bids: readonly Level[];
    readonly asks: readonly Level[];
    readonly waitUs: number;
    readonly beat: boolean;
  }
  function steps(seed: number, count: number): readonly Step[] {
    const random = new Random(seed);
    const fair = [1.25, 50_000, 40_000];
    return Array.from({ length: count }, () => {
      const leg = Math.floor(random.next() * 3);
      const middle = (fair[leg] ?? 1) * (1 + 0.002 * random.normal());
      const side = (sign: number): readonly Level[] =>
        Array.from({ length: 1 + Math.floor(random.next() * 4) }, (_, level) => [
          middle * (1 + sign * (0.0001 + 0.0004 * level + 0.0002 * random.next())),
          (leg === 0 ? 5_000 : 0.1) * (0.2 + random.next()),
        ]);
      return {
        leg,
        bids: side(-1),
        asks: side(1),
        waitUs: Math.floor(60 * MS * random.next()),
        beat: random.next() < 0.2,
      };
    });
  }
  function run(tape: readonly Step[], known: Known, options: PlaneOptions = {}, scale = 1): SignalRecord[] {
    const plane = open({ cooldownUs: 200_000, ...options }, known);
    const out: SignalRecord[] = [];
    for (const { leg, bids, asks, waitUs, beat } of tape) {
      plane.pass(waitUs);
      if (beat) plane.beat(layout.TIER_FAST);
      const factor = leg === 0 ? 1 : scale;
      const scaled = (levels: readonly Level[]): Level[] =>
        levels.map(([price, size]) => [price * factor, size / factor]);
      plane.book(NAMES[leg] ?? "", scaled(bids), scaled(asks));
      out.push(...own(plane.settle()));
    }
    return out;
  }

  /** As the host releases them: exits of one event by symbol; EURUSD is the third symbol of the plane. */
  function inOrder(signals: readonly TwinSignal[]): readonly TwinSignal[] {
    const place = ({ leg, action }: TwinSignal): number => (action === 0 ? ([2, 0, 1][leg] ?? 0) : 3);
    return signals.toSorted((one, other) => place(one) - place(other));
  }

  it("give the signals of the twin, fine lots and coarse ones", () => {
    for (const [seed, lot, fee] of [
      [1, 1e-8, 0],
      [2, 0.001, 0.0002],
      [3, 1e-8, 0.0005],
    ] as const) {
      const tape = steps(seed, 3000);
      const twin = new TriangleTwin(
        ([1, -1, 1] as const).map((direction) => ({ direction, fee, lot, minNotional: 5 })),
        200_000,
      );
      const expected: TwinSignal[] = [];
      let clock = 0;
      for (const { leg, bids, asks, waitUs, beat } of tape) {
        clock += waitUs;
        if (beat) expected.push(...inOrder(twin.beat(clock)));
        expected.push(...inOrder(twin.quote(leg, bids, asks, clock, clock)));
      }
      const signals = run(tape, { lot, fee });
      expect(entries(signals).length).toBeGreaterThan(30);
      expect(twin.unwinds).toBeGreaterThan(0);
      const legOf = [1, 2, 0];
      const sign = [0, 1, -1, 0];
      expect(signals.map(({ symbol, action }) => [legOf[symbol], sign[action]])).toEqual(
        expected.map(({ leg, action }) => [leg, action]),
      );
      signals.forEach(({ entry, values }, index) => {
        const wanted = expected[index];
        expect(entry / (wanted?.entry ?? 0)).toBeCloseTo(1, 6);
        expect(values[0]).toBeCloseTo(wanted?.edge ?? 0, 6);
        if (wanted?.action !== 0) expect(values[1] / (wanted?.quantity ?? 0)).toBeCloseTo(1, 3);
      });
    }
  });

  it("do not depend on the unit of the coin", () => {
    const tape = steps(5, 1500);
    const shape = (signals: readonly SignalRecord[]) =>
      signals.map(({ symbol, action, sequence }) => [symbol, action, sequence]);
    const plain = run(tape, { lot: 0 });
    expect(plain.length).toBeGreaterThan(30);
    for (const scale of [1000, 1e-6]) expect(shape(run(tape, { lot: 0 }, {}, scale))).toEqual(shape(plain));
  });

  it("give nothing that depends on what comes later", () => {
    const tape = steps(6, 800);
    const whole = run(tape, {});
    const half = run(tape.slice(0, 400), {});
    expect(half.length).toBeGreaterThan(5);
    expect(whole.slice(0, half.length).map(({ hash }) => hash)).toEqual(half.map(({ hash }) => hash));
  });

  it("give the same signals and the same state with several workers", () => {
    const tape = steps(7, 600);
    const result = (workers: number): readonly unknown[] => {
      const plane = open({ cooldownUs: 200_000, capacity: { workers } });
      const out: bigint[] = [];
      for (const { leg, bids, asks, waitUs } of tape) {
        plane.pass(waitUs);
        plane.book(NAMES[leg] ?? "", bids, asks);
        out.push(...own(plane.settle()).map(({ hash }) => hash));
      }
      return [out.length > 0, out, plane.hash()];
    };
    const alone = result(1);
    expect(alone[0]).toBe(true);
    for (const workers of [2, 3]) expect(result(workers)).toEqual(alone);
  });

  it("stay finite with tiny and huge prices, one-sided books and times out of order", () => {
    const plane = open({ cooldownUs: 0 }, { lot: 0, least: 0 });
    const random = new Random(8);
    for (let step = 0; step < 2000; step++) {
      const price = 10 ** (random.next() * 17 - 8);
      const levels: Level[] = [
        [price, random.next() < 0.2 ? 0 : 10 ** (random.next() * 12 - 6)],
        [random.next() < 0.3 ? 0 : price, 1],
      ];
      plane.pass(random.next() * 20_000);
      plane.book(NAMES[step % 3] ?? "", levels, levels, plane.clock - random.next() * 100_000);
      for (const { entry, stop, target, confidence, values } of own(plane.settle())) {
        for (const value of [entry, stop, target, confidence, ...values]) expect(Number.isFinite(value)).toBe(true);
      }
    }
  });
});

const FILES = ["fx/1m/EURUSD", "crypto/1m/coinbase_btcusd", "crypto/1m/coinbase_btceur"];
const recordings = FILES.map((file) => recorded(`${file}_quotes_201804.csv.gz`));
describe.skipIf(recordings.includes(null))("recorded quotes of two days (skipped without ../shared)", () => {
  it("give the signals of the twin, in most minutes without fees and in few with ten basis points a leg", () => {
    const minutes = new Map<number, [Level, Level][]>();
    recordings.forEach((table, leg) => {
      const column = (name: string): readonly number[] => table?.get(name) ?? [];
      column("timestamp_ms").forEach((ms, row) => {
        const value = (name: string): number => column(name)[row] ?? 0;
        const size = (name: string): number => (leg === 0 ? 1e5 : value(name));
        const books = minutes.get(ms) ?? [];
        books[leg] = [
          [value("bid"), size("bid_size")],
          [value("ask"), size("ask_size")],
        ];
        minutes.set(ms, books);
      });
    });
    const joined = [...minutes].filter(([, books]) => books.length === 3 && !books.includes(undefined as never));
    joined.sort(([one], [other]) => one - other);
    expect(joined.length).toBeGreaterThan(1000);
    const counts = [0, 0.001].map((fee) => {
      const plane = open({}, { fee });
      const twin = new TriangleTwin(
        ([1, -1, 1] as const).map((direction) => ({ direction, fee, lot: 1e-8, minNotional: 5 })),
        1_000_000,
      );
      const signals: SignalRecord[] = [];
      const expected: TwinSignal[] = [];
      for (const [, books] of joined) {
        plane.pass(60_000_000);
        books.forEach(([bid, ask], leg) => {
          plane.book(NAMES[leg] ?? "", [bid], [ask]);
          expected.push(...twin.quote(leg, [bid], [ask], plane.clock, plane.clock));
        });
        signals.push(...own(plane.settle()));
      }
      const legs = [1, 2, 0];
      expect(signals.map(({ symbol }) => legs[symbol])).toEqual(expected.map(({ leg }) => leg));
      return signals.length / 3;
    });
    expect(counts[0]).toBeGreaterThan(0.4 * joined.length);
    expect(counts[1]).toBeLessThan(0.2 * joined.length);
  });
});
