// Accounts of one execution together.
import { expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { Accounts } from "../../../src/manage/executions/accounts.ts";
import { Book } from "../../../src/manage/executions/book.ts";
import { FeedEvent } from "../../../src/manage/executions/feed-event.ts";
import { termsFor } from "../../../src/manage/executions/terms.ts";
import { freeTerms, Simulation } from "../../../src/simulation/simulation.ts";

it("take back the entries of a new version's stake with their own, and what they hold stays", () => {
  const terms = termsFor({ parameters: {}, riskLimits: {}, executionConfig: {} });
  const fills: string[] = [];
  const listener = (whose: string) => {
    return {
      booked: ({ side }: { readonly side: string }) => void fills.push(`${whose} ${side}`),
      closed: () => undefined,
    };
  };
  const accounts = new Accounts(terms, ["X"], listener("main"), null);
  const stake = new Book(terms, ["X"], listener("stake"));
  const event = new FeedEvent();
  const price = (): void => {
    Object.assign(event, { kind: layout.KIND_TRADE, sequence: event.sequence + 1, clock: event.clock + 1e6 });
    event.values.set([100, 1e9]);
    accounts.event(0, event);
    stake.event(0, event);
  };
  const buy = {
    symbol: 0,
    action: "buy",
    entry: 100,
    stop: Number.NaN,
    target: Number.NaN,
    values: [],
    group: 0,
  } as const;
  price();
  accounts.main.signals([buy]);
  stake.signals([buy]);
  accounts.cancelEntries(stake);
  price();
  expect(fills).toEqual([]);
  stake.signals([buy]);
  price();
  accounts.cancelEntries(stake);
  expect([fills, stake.openPositions()]).toEqual([["stake BUY"], 1]);
});

it("take back a group as one, also what of it only leaves a position", () => {
  const sim = new Simulation({ capital: 100_000, instruments: [freeTerms("X"), freeTerms("Y")] });
  let time = 1e15;
  const prices = (): void => [0, 1].forEach((symbol) => void sim.trade(symbol, (time += 1e6), 100, 1e9));
  prices();
  sim.submit({ symbol: 0, side: "buy", kind: "market", quantity: 1 });
  prices();
  const legs = [
    { symbol: 0, side: "sell", kind: "market", quantity: 1, reduceOnly: true },
    { symbol: 1, side: "buy", kind: "market", quantity: 1 },
  ] as const;
  sim.submitTogether(legs);
  sim.submit({ symbol: 0, side: "sell", kind: "stop", stop: 90, quantity: 1, reduceOnly: true });
  sim.cancelEntries();
  prices();
  expect([sim.held(0), sim.held(1)]).toEqual([1, 0]);
  expect(sim.orders().map(({ kind }) => kind)).toEqual(["stop"]);
});
