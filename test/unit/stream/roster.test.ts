import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { Instances } from "../../../src/stream/instances.ts";
import { ownerMark, Owners, PARAMETER_OWNER, UNKNOWN_STRATEGY } from "../../../src/stream/owners.ts";
import { RosterPlane } from "../../support/roster.ts";

const FIRST = layout.STRATEGY_COUNT;

function open(): RosterPlane {
  const one = new RosterPlane();
  one.symbol("BTCUSD", "crypto");
  one.symbol("AAPL", "stocks");
  return one;
}
function mine({ plane }: RosterPlane) {
  return plane.instances.all.filter(({ id }) => id >= FIRST);
}
function written(one: RosterPlane, act: () => void): number {
  const before = one.plane.plane.ring.nextSequence;
  act();
  return one.plane.plane.ring.nextSequence - before;
}

describe("bringing an instance", () => {
  it("makes it once: asked again, nothing is written", () => {
    const one = open();
    expect(one.bring({ parameters: { horizon_short: 10 } })).toBe("running");
    expect(mine(one)).toMatchObject([{ id: FIRST, strategyId: "strat_abc123", symbols: null, enabled: true }]);
    expect(written(one, () => one.bring({ parameters: { horizon_short: 10 } }))).toBe(0);
  });

  it("changes parameters in place and puts what is not given back to its default", () => {
    const one = open();
    one.bring({ parameters: { horizon_short: 10, stop_atr: 4 } });
    expect(written(one, () => one.bring({ parameters: { horizon_short: 11 } }))).toBe(3);
    expect(mine(one)).toMatchObject([{ id: FIRST, parameters: { horizon_short: 11, stop_atr: 2 } }]);
    const row = one.plane.state.instances().find(({ id }) => id === FIRST);
    expect(row?.parameters[0]).toBe(11);
  });

  it("says at once that more symbols are meant than can ever be written, and takes one that names its own", () => {
    const one = open();
    one.pretend(30_000);
    expect(one.bring()).toBe("validation_error");
    expect(one.bring({ symbols: ["BTCUSD"] })).toBe("running");
    expect(mine(one)).toMatchObject([{ symbols: [0] }]);
  });

  it("switches it without losing what it has learnt from its window", () => {
    const one = open();
    one.bring();
    for (const enabled of [false, true]) {
      one.bring({ enabled });
      expect(mine(one)).toMatchObject([{ id: FIRST, enabled }]);
    }
  });

  it("attaches it to the symbols of its asset types, also to those that come later", () => {
    const one = open();
    one.bring({ assetTypes: ["crypto"] });
    one.symbol("ETHUSD", "crypto");
    one.symbol("MSFT", "stocks");
    expect(mine(one)[0]?.symbols).toEqual([0, 2]);
    one.bring({ assetTypes: ["crypto", "stocks"] });
    expect(mine(one)).toMatchObject([{ id: FIRST, symbols: [0, 2, 1, 3] }]);
    one.bring({ assetTypes: ["stocks"] });
    expect(mine(one)[0]?.symbols).toEqual([1, 3]);
  });

  it("takes named symbols that were never seen when they come", () => {
    const one = open();
    expect(one.bring({ symbols: ["AAPL", "NEWUSDT"] })).toBe("running");
    expect(mine(one)[0]?.symbols).toEqual([1]);
    one.symbol("OTHERUSDT", "crypto");
    one.symbol("NEWUSDT", "crypto");
    expect(mine(one)[0]?.symbols).toEqual([1, 3]);
  });

  it("waits for the legs of a set, and never runs with half of them", () => {
    const one = open();
    const pair = { type: "pairs_trading", symbols: ["BTCUSD", "ETHUSD"] };
    expect(one.bring(pair)).toBe("waiting");
    expect(mine(one)).toEqual([]);
    one.symbol("ETHUSD", "crypto");
    expect(one.bring(pair)).toBe("running");
    expect(mine(one)[0]?.symbols).toEqual([0, 2]);
    expect(one.bring({ ...pair, symbols: ["BTCUSD", "NOBODY"] })).toBe("waiting");
    expect(mine(one)).toEqual([]);
  });

  it("makes it anew for another bar length or another confirming timeframe", () => {
    const one = open();
    one.bring({ symbols: ["BTCUSD"] });
    one.bring({ symbols: ["BTCUSD"], barMs: 5_000 });
    one.bring({ symbols: ["BTCUSD"], barMs: 5_000, parameters: { confirm_bar_ms: 60_000 } });
    expect(mine(one)).toMatchObject([{ id: FIRST, barMs: 5_000, confirmBarMs: 60_000 }]);
    expect(one.plane.state.cells(layout.MOMENTUM_RIDER).filter(({ instance }) => instance === FIRST)).toHaveLength(1);
  });

  it("is refused for what is wrong, and told to come again while the ring is full", () => {
    const one = open();
    expect(one.bring({ parameters: { horizon_short: 0 } })).toBe("validation_error");
    expect(one.bring({ type: "none" })).toBe("not_available");
    const { writer } = one.plane.plane;
    while (writer.write(layout.KIND_CLOCK, 0, 0, 0, one.plane.clock, []));
    expect(one.roster.drop("strat_abc123")).toMatchObject({ failure: { code: "overloaded" } });
    expect(one.bring()).toBe("overloaded");
    expect(mine(one)).toEqual([]);
    expect(one.bring()).toBe("running");
  });
});

describe("rows of nobody", () => {
  it("go: of strategies that are not known, and those that were only half written", () => {
    const one = open();
    one.bring();
    one.bring({ strategyId: "strat_gone00" });
    one.plane.control(layout.CONTROL_INSTANCE, FIRST + 2, [layout.MOMENTUM_RIDER, 0, 1, 1, 1]);
    one.plane.settle();
    const { plane } = one.plane;
    const instances = new Instances(plane.plan, plane.ring, plane.writer, new Owners(() => null));
    instances.restore(plane.memory);
    expect(instances.all.filter(({ id }) => id >= FIRST)).toHaveLength(3);
    Object.assign(one.roster["parts"], { instances });
    expect(one.roster.retain(new Set([ownerMark("strat_abc123", "momentum_rider")]))).toEqual({ ok: true, value: 2 });
    expect(instances.all.filter(({ id }) => id >= FIRST)).toMatchObject([{ id: FIRST }]);
  });
});

describe("who spoke", () => {
  it("depends on the event: an instance number belongs to one strategy after the other", () => {
    const one = open();
    one.bring({ strategyId: "strat_first0" });
    const during = one.plane.plane.ring.nextSequence;
    one.roster.drop("strat_first0");
    one.bring({ strategyId: "strat_second" });
    const { owners } = one.plane.instances;
    expect(owners.strategyAt(FIRST, during)).toBe("strat_first0");
    expect(owners.strategyAt(FIRST, one.plane.plane.ring.nextSequence)).toBe("strat_second");
    expect(owners.strategyAt(0, during)).toBeNull();
  });

  it("is read out of a journal's events, by a name where there is one", () => {
    const mark = ownerMark("strat_abc123", "momentum_rider");
    const owners = new Owners((found) => (found === mark ? "strat_abc123" : null));
    const events = new Uint8Array(2 * layout.EVENT_BYTES);
    const view = new DataView(events.buffer);
    [mark, 5].forEach((value, index) => {
      const at = index * layout.EVENT_BYTES;
      view.setUint16(at + layout.EVENT_SUBJECT, FIRST + index, true);
      view.setUint8(at + layout.EVENT_KIND, layout.KIND_CONTROL);
      view.setUint32(at + layout.EVENT_AUX, layout.CONTROL_PARAMETER, true);
      view.setFloat64(at + layout.EVENT_PAYLOAD, PARAMETER_OWNER, true);
      view.setFloat64(at + layout.EVENT_PAYLOAD + 8, value, true);
    });
    expect([...owners.follow([{ firstSequence: 100, count: 2, events }])]).toHaveLength(1);
    expect([99, 100].map((sequence) => owners.strategyAt(FIRST, sequence))).toEqual([null, "strat_abc123"]);
    expect(owners.strategyAt(FIRST + 1, 200)).toBe(UNKNOWN_STRATEGY);
  });

  it("forgets what nobody can ask for any more", () => {
    const owners = new Owners();
    for (let from = 0; from < 1_000; from++) {
      owners.settled = from;
      owners.note(FIRST, from, from + 1);
    }
    expect(owners["spans"].get(FIRST)?.length).toBeLessThan(4);
    expect(owners.strategyAt(FIRST, 999)).toBe(UNKNOWN_STRATEGY);
  });
});
