// Every parameter of every strategy at either end of its range, one at a time, beside each other on one plane and through
// a feed with every kind of event. Whatever is asked of a kernel, what it says is a signal: prices are prices and stand
// in their order, confidence is a share, and its state holds numbers.
import { describe, expect, it } from "vitest";
import * as layout from "../../assembly/layout.ts";
import { misfits } from "../../src/domain/parameter-rules.ts";
import { STRATEGIES, type StrategyType } from "../../src/domain/strategies.ts";
import { CELL_COLUMNS } from "../../src/stream/rings/memory-plan.ts";
import type { SignalRecord } from "../../src/stream/rings/signal-ring.ts";
import { everyKindFeed, type FedMessage } from "../support/every-kind-feed.ts";
import type { TestPlane } from "../support/plane.ts";
import { runTape } from "../support/tape-run.ts";

const MAKERS: readonly number[] = [layout.ADAPTIVE_QUOTE, layout.SPREAD_ADJUSTER, layout.VOLATILITY_RESPONSIVE_MM];
const PRICES = new Set(["price", "open", "high", "low", "close", "bid", "ask"]);

interface Variant {
  readonly type: StrategyType;
  readonly label: string;
  readonly parameters: Readonly<Record<string, number>>;
}

const VARIANTS: readonly Variant[] = STRATEGIES.flatMap((type) =>
  type.parameters.flatMap(({ name, min, max }) =>
    [min, max]
      .map((value) => ({ type, label: `${type.name} ${name} ${value}`, parameters: besides(type, name, value) }))
      .filter(({ parameters }) => misfits(type, (one) => parameters[one]).length === 0),
  ),
);

/** The parameter at its end, and those that have to fit it as far out of its way as they go. */
function besides(type: StrategyType, name: string, value: number): Readonly<Record<string, number>> {
  const parameters: Record<string, number> = { [name]: value };
  for (;;) {
    const tight = type.relations.find((relation) => {
      const { smaller, larger } = relation;
      if (parameters[smaller] !== undefined && parameters[larger] !== undefined) return false;
      return misfits({ ...type, relations: [relation] }, (one) => parameters[one]).length > 0;
    });
    if (tight === undefined) return parameters;
    const other = parameters[tight.smaller] === undefined ? tight.smaller : tight.larger;
    const range = type.parameters.find((one) => one.name === other);
    parameters[other] = (other === tight.smaller ? range?.min : range?.max) ?? 0;
  }
}

/** The feed with its prices in another unit, behind one trade that makes each symbol known. */
function feedIn(unit: number): readonly FedMessage[] {
  const feed = everyKindFeed();
  const symbols = new Set(feed.flatMap(({ market }) => market.map(({ symbol }) => symbol)).filter(Boolean));
  const first = [...symbols].map((symbol) => ({ symbol, price: 100, asset_type: "crypto" }));
  return [{ at: (feed[0]?.at ?? 0) - 1_000_000, market: first }, ...feed].map(({ at, market }) => ({
    at,
    market: market.map((event) =>
      Object.fromEntries(
        Object.entries(event).map(([key, value]) => [key, PRICES.has(key) ? Number(value) * unit : value]),
      ),
    ),
  }));
}

/** An instance of each variant: on every symbol, or on the legs that the feed has for it. */
function register(plane: TestPlane, labels: Map<number, string>): void {
  const ids = new Map(plane.state.symbols().map(({ id, name }) => [name, id]));
  const named = (...names: readonly string[]): readonly number[] => names.map((name) => ids.get(name) ?? -1);
  for (const { type, label, parameters } of VARIANTS) {
    const legs = type.legs[1] === 3 ? named("BTCEUR", "EURUSD", "BTCUSD") : named("LTCUSD", "BCHUSD");
    const symbols = type.legs[1] > 1 ? legs : [...ids.values()];
    const added = plane.instances.add({ strategy: type.name, parameters, symbols, strategyId: null });
    if (!added.ok) throw new Error(`${label}: ${JSON.stringify(added.failure)}`);
    labels.set(added.value.id, label);
    plane.settle();
  }
}

/** What is wrong with a signal; empty when nothing is. */
function faultsOf({ action, strategy, entry, stop, target, confidence, values, time, clock }: SignalRecord): string[] {
  const faults: string[] = [];
  if (!values.every(Number.isFinite)) faults.push("a value is no number");
  if (!(entry > 0)) faults.push("entry is no price");
  if (!(time <= clock)) faults.push("from the future");
  if (action === layout.ACTION_EXIT) return faults;
  const side = action === layout.ACTION_BUY ? 1 : -1;
  if (!(stop > 0 && target > 0)) faults.push("stop or target is no price");
  if (!(side * (entry - stop) > 0 && side * (target - entry) > 0)) faults.push("stop or target on the wrong side");
  if (!(confidence > 0 && confidence <= 0.9)) faults.push("confidence is no share");
  const [bid, ask, bidSize, askSize] = values;
  if (MAKERS.includes(strategy) && !(bid > 0 && bid < ask && bidSize >= 0 && askSize >= 0)) faults.push("no quote");
  return faults;
}

function brokenColumns(plane: TestPlane): string[] {
  return CELL_COLUMNS.flatMap((columns, code) =>
    Array.from({ length: columns === 0 ? 0 : plane.plane.plan.maxCells }, (_, lane) => lane).flatMap((lane) =>
      Array.from({ length: columns }, (_, column) => column)
        .filter((column) => !Number.isFinite(plane.column(layout.PLAN_CELLS + code, columns, lane, column)))
        .map((column) => `${STRATEGIES[code]?.name} column ${column}`),
    ),
  );
}

describe.each([1, 1e-10, 1e12])("every parameter at its ends, prices times %d", (unit) => {
  it("gives signals that are signals, and a state of numbers", () => {
    const labels = new Map<number, string>();
    const capacity = { maxInstances: 1024, maxSymbols: 16 };
    const tape = runTape(feedIn(unit), { build: "debug", capacity, begun: (plane) => register(plane, labels) });
    const wrong = tape.signals.flatMap((signal) =>
      faultsOf(signal).map((fault) => `${labels.get(signal.instance) ?? STRATEGIES[signal.strategy]?.name}: ${fault}`),
    );
    expect([...new Set(wrong)]).toEqual([]);
    expect([...new Set(brokenColumns(tape.plane))]).toEqual([]);
    const speaking = new Set(tape.signals.map(({ instance }) => instance));
    expect(speaking.size).toBeGreaterThan(0.6 * VARIANTS.length);
  });
});
