import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { CONTROL_POSITION } from "../../../assembly/position-layout.ts";
import { positionIn, positionPayload, positionsOf } from "../../../src/stream/positions.ts";
import { createPlane } from "../../../src/stream/rings/plane.ts";
import { TestPlane } from "../../support/plane.ts";

const HUGE = { id: "18446744073709551615-18446744073709551614", ordinal: 2 ** 40 + 1 };

function planeWithPositions() {
  const plane = createPlane({ maxSymbols: 16, maxInstances: 32, workers: 1 });
  const state = { setting: () => 0 };
  const { positions } = positionsOf({ compute: { plane, state } as never });
  return { ...plane, positions };
}

describe("the position in an input stream", () => {
  it("keeps all 64 bits of both halves of an id, and says when there is none", () => {
    for (const place of [HUGE, { id: "1700000000000-3", ordinal: null }, { id: "0-1", ordinal: 1 }]) {
      const settings = new Map(positionPayload(place).map((value, index) => [3 + index, value]));
      expect(positionIn((index) => settings.get(index) ?? Number.NaN)).toEqual(place);
    }
    expect(positionIn(() => 0)).toBeNull();
  });

  it("is kept by the core, which does nothing else with it", () => {
    const plane = new TestPlane({ build: "release" });
    const { writer } = plane.plane;
    writer.write(layout.KIND_CONTROL, 9, 0, CONTROL_POSITION, writer.clock, positionPayload(HUGE));
    expect(plane.settle()).toEqual([]);
    expect(positionIn((index) => plane.state.setting(index))).toEqual(HUGE);
  });

  it("says how many records follow, and shows none of them before all are there", () => {
    const { ring, writer, positions, plan } = planeWithPositions();
    const words = new Int32Array(ring.bytes.buffer);
    const head = (): number => Atomics.load(words, layout.EVENT_HEAD >> 2);
    const record = (): boolean => writer.write(layout.KIND_TRADE, 0, 0, 0, 1, [1]);
    record();
    expect(positions.begin()).toBe(true);
    expect(head()).toBe(1); // what came before is no part of it
    record();
    record();
    ring.publish();
    expect(head()).toBe(1);
    positions.end(HUGE);
    ring.publish();
    expect(head()).toBe(4);
    const view = new DataView(ring.bytes.buffer, (plan.bases[layout.PLAN_EVENTS] ?? 0) + layout.EVENT_BYTES);
    expect(view.getUint32(layout.EVENT_AUX, true)).toBe(CONTROL_POSITION);
    expect(view.getUint16(layout.EVENT_SUBJECT, true)).toBe(2);
  });

  it("bears the clock of its beginning, because clocks of a journal never fall", () => {
    const { ring, writer, positions, plan } = planeWithPositions();
    writer.stamp(1_000);
    positions.begin();
    writer.stamp(2_000);
    writer.write(layout.KIND_TRADE, 0, 0, 0, 1, [1]);
    positions.end(HUGE);
    const view = new DataView(ring.bytes.buffer, plan.bases[layout.PLAN_EVENTS] ?? 0);
    expect(view.getFloat64(layout.EVENT_CLOCK, true)).toBe(1_000);
  });
});
