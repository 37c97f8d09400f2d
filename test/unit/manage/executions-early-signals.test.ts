// Signals for an execution that goes on after a restart and is not back yet.
import { EventEmitter, once } from "node:events";
import { expect, it } from "vitest";
import { Tap } from "../../../src/stream/tap.ts";
import { Door } from "../../support/ingest-door.ts";
import { PLANE, restarted, STRATEGY } from "../../support/manage/restarted-executions.ts";
import { approve, buySignal, exitSignal } from "../../support/signals.ts";

it("takes, once it is back, what leaves a position of the signals that came before, and opens nothing by them", async () => {
  const reads = new EventEmitter();
  const answered = once(reads, "answered").then(() => null);
  const shares = () => answered;
  const { executions, heard, left, close } = await restarted(true, () => STRATEGY, shares);
  const door = new Door();
  const ticks = (): void => {
    door.json(["X", "Y"].map((symbol) => ({ symbol, price: 110 })));
    door.ingest.publish();
  };
  ticks();
  const { symbols } = door.ingest;
  const names = () => Array.from({ length: symbols.count }, (_, id) => [id, symbols.nameOf(id)] as const);
  executions.join({ ...PLANE, tap: new Tap(door.plane), names });
  const { strategyId } = STRATEGY;
  const levels = { entry: 110, stop: 100, target: 120 };
  executions.onApproved(approve([buySignal({ symbol: "Y", sequence: 0, strategyId, ...levels })]));
  executions.onApproved(approve([exitSignal({ symbol: "X", sequence: 0, strategyId, entry: 110 })]));
  reads.emit("answered");
  await expect.poll(() => heard).toContainEqual(["resumed", null]);
  ticks();
  await expect.poll(() => left, { timeout: 60_000 }).toContainEqual(["X", 0]);
  ticks();
  expect(await executions.stop(strategyId, "requested")).toMatchObject({ openPositions: 0, tradeCount: 2 });
  await close();
});
