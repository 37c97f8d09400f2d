// The comparison at the end of the scripted day: it agrees where all tell the same, and one number that differs shows.
import { describe, expect, it } from "vitest";
import { compare, type Tale, type Tales } from "../../support/demo-day/tale.ts";

const TRADES = [
  { trade_id: "t1", execution_id: "e1", symbol: "BTCUSD", side: "BUY", quantity: 2, price: 100, pnl: 0 },
  { trade_id: "t2", execution_id: "e1", symbol: "BTCUSD", side: "SELL", quantity: 2, price: 110, pnl: 20 },
];
const TOLD: Tale = {
  trades: TRADES,
  alerts: [{ alert_id: "a1", level: "warning", message: "near the limit" }],
  ended: [{ execution_id: "e1", trade_count: 2, pnl: 20 }],
  orders: [
    { order_id: "o1", status: "filled", filled: 2 },
    { order_id: "o2", status: "filled", filled: 2 },
  ],
  positions: [{ execution_id: "e2", symbol: "ETHUSD", quantity: 1 }],
  ledgers: [
    { execution_id: "e1", fills: 2, cash: 100_020e6, positions: 0, fees: 0, realised: -20e6, carry: 0, capital: -1e11 },
  ],
  audit: ["risk.limits", "risk.breach", "order.amend", "execution.start", "alert.ack"].map((action, index) => ({
    audit_id: `audit_${index}`,
    action,
    target: "book",
    hash: `h${index}`,
  })),
};
const SAME: Tales = {
  api: TOLD,
  bus: { ...TOLD, ledgers: null, audit: null },
  database: TOLD,
  exposure: { portfolio: 100, risk: 100, positions: 100 },
  chain: { whole: true, entries: 5 },
};

function differing(tales: Tales): readonly string[] {
  return compare(tales)
    .filter(({ agrees }) => !agrees)
    .map(({ what }) => what);
}
const database = (change: Partial<Tale>): Tales => ({ ...SAME, database: { ...TOLD, ...change } });
const [first, second] = TRADES;
const [ledger] = TOLD.ledgers ?? [];

describe("three tales of a day", () => {
  it("agree where they are the same in whatever order, and where the bus does not tell of all", () => {
    expect(differing(SAME)).toEqual([]);
    expect(differing(database({ trades: TRADES.toReversed() }))).toEqual([]);
    expect(differing({ ...SAME, bus: { ...SAME.bus, orders: null, positions: null } })).toEqual([]);
  });

  it.each<[string, Tales, readonly string[]]>([
    [
      "a profit",
      database({ trades: [first, { ...second, pnl: 20.5 }] as Tale["trades"] }),
      ["trades", "sum of their pnl", "closed accounts add up to trades"],
    ],
    [
      "a trade that the bus has not told",
      { ...SAME, bus: { ...SAME.bus, trades: TRADES.slice(0, 1) } },
      ["trades", "sum of their pnl", "filled by orders, units"],
    ],
    ["an alert", database({ alerts: [] }), ["alerts"]],
    [
      "the state of an order",
      { ...SAME, bus: { ...SAME.bus, orders: [] } },
      ["orders and their ends", "filled by orders, units"],
    ],
    ["what is held", database({ positions: [] }), ["positions at the close"]],
    [
      "how an execution ended",
      database({ ended: [{ execution_id: "e1", trade_count: 3, pnl: 20 }] }),
      ["executions that ended"],
    ],
    [
      "a millionth of the ledger",
      database({ ledgers: [{ ...ledger, cash: 100_020e6 + 1 }] as Tale["ledgers"] }),
      ["ledgers, account by account", "their balance, millionths"],
    ],
    ["the audit trail", database({ audit: TOLD.audit?.slice(1) ?? null }), ["audit trail", "its chain of hashes"]],
    ["its chain", { ...SAME, chain: { whole: false, entries: 5 } }, ["its chain of hashes"]],
    [
      "the exposure",
      { ...SAME, exposure: { portfolio: 100, risk: 100, positions: 101 } },
      ["exposure: portfolio, risk, positions"],
    ],
  ])("differ in %s", (_what, tales, rows) => {
    expect(differing(tales)).toEqual(rows);
  });
});
