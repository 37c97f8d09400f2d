import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { currentRegions } from "../../../src/stream/rings/state-copy.ts";
import { PAIR, PairDrive, SECOND, laneOf } from "../../support/pair-drive.ts";
import { cointegratedLogs } from "../../support/paths.ts";
import { TestPlane } from "../../support/plane.ts";
import { Random, walk } from "../../support/random.ts";

function market(seed: number, length: number, keep = 0.6): number[][] {
  return cointegratedLogs({ seed, length, keep }).map((logs) => logs.map(Math.exp));
}
function actions(signals: readonly SignalRecord[]): string[] {
  return signals.map(({ symbol, action, values }) => `${symbol} ${action} ${values[0]}`);
}

describe("the bars of a pair", () => {
  it("are the same whether ticks or beats close them, to the bit", () => {
    const prices = market(80, 600);
    const beats = new PairDrive();
    const beaten = beats.run(prices);
    const ticks = new PairDrive();
    const { plane, names } = ticks;
    const z: number[] = [];
    const signals: SignalRecord[] = [];
    for (let bar = 0; bar <= 600; bar++) {
      names.forEach((name, leg) => plane.trade(name, prices[leg]?.[Math.min(bar, 599)] ?? 0));
      signals.push(...plane.settle());
      if (bar > 0) z.push(ticks.lane(PAIR.z));
      plane.pass(SECOND);
    }
    expect(z).toEqual(beaten.map((bar) => bar.z));
    expect(actions(signals)).toEqual(actions(beaten.flatMap((bar) => bar.signals)));
    expect(signals.length).toBeGreaterThan(20);
  });

  it("close two pairs at a time with the bits of one at a time", () => {
    const planes = [crowd(), crowd()] as const;
    const random = new Random(81);
    const path = Array.from({ length: 4 }, (_, seed) => market(seed, 420)).flat();
    for (let bar = 0; bar < 420; bar++) {
      const silent = random.integer(8);
      planes.forEach((plane, lanes) => {
        path.forEach((prices, symbol) => {
          if (symbol !== silent) plane.trade(`S${symbol}`, prices[bar] ?? 0);
        });
        plane.pass(SECOND);
        plane.settle();
        if (lanes === 1) plane.core.pairsBeatLanes(plane.clock);
        else plane.core.pairsBeatScalar(plane.clock);
        plane.settle();
      });
    }
    expect(planes[0].hash()).toBe(planes[1].hash());
    expect(planes[0].state.signalTotals().count).toBeGreaterThan(200);
  });

  it("wait for both legs' first prices and go on with the last ones", () => {
    const drive = new PairDrive();
    drive.bar([10, 20], [true, false]);
    drive.bar([11, 20], [true, false]);
    expect(drive.lane(PAIR.count)).toBe(0);
    drive.bar([11, 20], [false, true]);
    expect([drive.lane(PAIR.count), drive.lane(PAIR.missing)]).toEqual([1, 249]);
    drive.bar([11, 21], [false, false]);
    expect(drive.lane(PAIR.count)).toBe(1);
    drive.bar([12, 21], [true, false]);
    expect(drive.lane(PAIR.count)).toBe(2);
    expect(drive.plane.state.readiness(drive.instance, layout.PAIRS_TRADING)).toEqual({ missing: 248, wants: 0 });
  });

  it("take no tick of a bar that is over, but its price", () => {
    const drive = new PairDrive();
    drive.bar([10, 20]);
    drive.bar([10, 20]);
    const { plane } = drive;
    plane.trade("AAA", 11, 1, plane.clock - 5 * SECOND);
    plane.beat(layout.TIER_TACTICAL);
    plane.settle();
    expect(drive.lane(PAIR.count)).toBe(2);
    plane.trade("BBB", 20);
    plane.trade("BBB", 20);
    plane.pass(SECOND);
    plane.beat(layout.TIER_TACTICAL);
    plane.settle();
    expect(drive.lane(PAIR.count)).toBe(3);
    expect(drive.lane(PAIR.ln)).toBeCloseTo(Math.log(11), 12);
  });
});

/** Twenty pairs of eight symbols: blocks with two pairs, with one and with none. */
function crowd(): TestPlane {
  const plane = new TestPlane();
  for (const { id } of plane.instances.all) plane.instances.remove(id);
  const symbols = Array.from({ length: 8 }, (_, symbol) => plane.symbol(`S${symbol}`));
  for (let pair = 0; pair < 20; pair++) {
    const first = symbols[pair % 8] ?? 0;
    const second = symbols[(pair + 1 + (pair >> 3)) % 8] ?? 0;
    const parameters = { window: 250, regate_seconds: 20 + pair };
    const added = plane.instances.add({
      strategy: "pairs_trading",
      symbols: [first, second],
      parameters,
      strategyId: null,
    });
    if (!added.ok) throw new Error(added.failure.code);
  }
  plane.settle();
  return plane;
}

describe("a group's lane", () => {
  it("shares its block with a group of the same class only, on the same side of the screen's border", () => {
    const owners = new Map<number, number>();
    const lanes = new Set<number>();
    for (let group = 0; group < layout.GROUPS_MAX; group++) {
      const lane = laneOf(group);
      lanes.add(lane);
      const other = owners.get(lane >> 1);
      owners.set(lane >> 1, group);
      if (other === undefined) continue;
      expect(other % layout.MAX_WORKERS).toBe(group % layout.MAX_WORKERS);
      expect(other < layout.SCREEN_GROUPS).toBe(group < layout.SCREEN_GROUPS);
    }
    expect([lanes.size, Math.max(...lanes)]).toEqual([layout.GROUPS_MAX, layout.GROUPS_MAX - 1]);
  });

  it("is empty when the instance goes, and clean for the next one", () => {
    const prices = market(82, 300);
    const drive = new PairDrive();
    drive.run(prices);
    const { plane } = drive;
    expect(plane.instances.remove(drive.instance)).toBe(true);
    plane.settle();
    expect(drive.columns.every((value) => value === 0)).toBe(true);
    for (let bar = 0; bar < 5; bar++) drive.bar([10, 20]);
    expect(drive.columns.every((value) => value === 0)).toBe(true);
    plane.instances.add({ strategy: "pairs_trading", symbols: [0, 1], strategyId: null, parameters: { window: 250 } });
    plane.settle();
    const again = drive.run(prices);
    expect(again.map(({ z }) => z)).toEqual(new PairDrive().run(prices).map(({ z }) => z));
  });

  it("takes over new parameters without losing its place", () => {
    const drive = new PairDrive();
    const { plane } = drive;
    drive.run(market(83, 300));
    plane.control(layout.CONTROL_PARAMETER, drive.instance, [1, 3.5]);
    plane.control(layout.CONTROL_PARAMETER, drive.instance, [0, 400]);
    plane.control(layout.CONTROL_ENABLE, drive.instance, [1]);
    plane.settle();
    expect([drive.lane(PAIR.count), drive.lane(PAIR.entry), drive.lane(PAIR.missing)]).toEqual([300, 3.5, 100]);
  });
});

describe("the state of a pair", () => {
  it("is what a snapshot holds: put back, it goes on as if it had never stopped", () => {
    const prices = market(85, 600);
    const [kept, fresh] = [new PairDrive(), new PairDrive()] as const;
    const part = (drive: PairDrive, from: number, to: number): unknown =>
      drive.run(prices.map((path) => path.slice(from, to))).map(({ z, p, signals }) => [z, p, actions(signals)]);
    part(kept, 0, 400);
    const { plane: one } = kept;
    const { plane: two } = fresh;
    two.pass(one.clock - two.clock);
    const [from, to] = [new Uint8Array(one.plane.memory.buffer), new Uint8Array(two.plane.memory.buffer)];
    for (const { base, bytes } of currentRegions(one.plane.memory, one.plane.plan)) {
      to.set(from.subarray(base, base + bytes), base);
    }
    // What is derived is not part of it: a new process begins without.
    const derived = two.plane.plan.bases[layout.PLAN_STATISTICS] ?? 0;
    to.fill(0, derived, derived + layout.STATISTICS_SCRATCH);
    two.core.rebuildLists();
    expect(part(fresh, 400, 600)).toEqual(part(kept, 400, 600));
    expect(fresh.columns).toEqual(kept.columns);
  });
});

describe("the gate of a pair", () => {
  it("takes turns where many pairs are ready at one time", () => {
    const plane = crowd();
    const random = new Random(84);
    const paths = Array.from({ length: 8 }, () => walk(random, 300, 50, 0.002));
    const gated: number[] = [];
    const due = (group: number): number =>
      plane.column(layout.PLAN_CELLS + layout.PAIRS_TRADING, layout.PAIRS_COLUMNS, laneOf(group), PAIR.gate);
    for (let bar = 0; bar < 300; bar++) {
      paths.forEach((path, symbol) => plane.trade(`S${symbol}`, path[bar] ?? 0));
      plane.pass(SECOND);
      plane.beat(layout.TIER_TACTICAL);
      plane.settle();
      for (let pair = 0; pair < 20; pair++) {
        if (due(layout.SCREEN_GROUPS + pair) > 0) gated[pair] ??= bar + 1 - 250;
      }
    }
    expect(gated).toEqual(Array.from({ length: 20 }, (_, pair) => pair));
  });

  it("opens for most pairs of a known half-life and for few pairs of walks", () => {
    const passes = (keep: number): number => {
      let count = 0;
      for (let seed = 0; seed < 20; seed++) {
        const drive = new PairDrive({ build: "release" });
        drive.run(market(200 + seed, 251, keep));
        count += drive.lane(PAIR.passed);
      }
      return count;
    };
    expect(passes(0.9)).toBeGreaterThan(15);
    expect(passes(1)).toBeLessThan(5);
  });
});
