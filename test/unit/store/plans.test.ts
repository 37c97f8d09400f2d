// How the database answers what requests may ask: by an index that narrows what is looked at to what was asked for, in each
// combination of filters. A filter that is not in the index would walk a table that grows for ever.
import { expect, it, onTestFinished } from "vitest";
import * as backtests from "../../../src/store/backtests.ts";
import * as executions from "../../../src/store/executions.ts";
import * as operations from "../../../src/store/operations.ts";
import * as orders from "../../../src/store/orders.ts";
import * as pipelines from "../../../src/store/pipelines.ts";
import * as versions from "../../../src/store/versions.ts";
import type { SqlDriver } from "../../../src/store/sqlite/driver.ts";
import { openDatabase } from "../../../src/store/sqlite/open.ts";
import type { Reader, Row, SqlValue } from "../../../src/store/store.ts";

const LARGE = ["orders", "ledger", "trades", "equity", "audit", "pipeline_logs", "performance"];
/** Read when the engine begins, or of an execution that goes on: no request asks for them. */
const AT_START = [
  "readOpeningOrders",
  "readOpenOrders",
  "readCarry",
  "readExecutions",
  "readLatestTrades",
  "readLedger",
  "readLastEquity",
  "readPipelineHeads",
  "readVersionHeads",
  "readBacktestHeads",
];
const MODULES = { backtests, executions, operations, orders, pipelines, versions };

/** Answers as the database does, and keeps the plan of what it was asked. */
class Planned implements Reader {
  plans: string[] = [];
  private readonly driver: SqlDriver;

  constructor(driver: SqlDriver) {
    this.driver = driver;
  }

  query(sql: string, params: readonly SqlValue[]): Promise<readonly Row[]> {
    for (const row of this.driver.all(`EXPLAIN QUERY PLAN ${sql}`, params)) this.plans.push(String(row["detail"]));
    return Promise.resolve(this.driver.all(sql, params));
  }
}

function planned(): Planned {
  const opened = openDatabase(":memory:", 0);
  if (!("driver" in opened)) throw new Error(opened.code);
  onTestFinished(() => opened.driver.close());
  return new Planned(opened.driver);
}

/** All that can be made of giving each filter or not. */
function combinations(filters: Readonly<Record<string, readonly unknown[]>>): readonly Record<string, unknown>[] {
  let all: readonly Record<string, unknown>[] = [{}];
  for (const [name, values] of Object.entries(filters))
    all = all.flatMap((one) => values.map((value) => ({ ...one, [name]: value })));
  return all;
}

const page = { before: 100, limit: 10 };
const states = [null, "filled", "cancelled", "rejected", "expired", "working"];
const ORDERS = combinations({ strategyId: [null, "s"], symbol: [null, "A"], state: states });
const AUDIT = combinations({
  actor: [undefined, "a"],
  action: [undefined, "x"],
  since: [undefined, 5],
  until: [undefined, 9],
  before: [undefined, 100],
});

type Asked = (reader: Reader) => Promise<unknown>;
const ASKED: readonly (readonly [name: string, narrowed: readonly string[], ask: Asked])[] = [
  ...ORDERS.map((given) => {
    const { strategyId, symbol, state } = given as unknown as orders.OrderQuery;
    const unfilled = state === "cancelled" || state === "rejected" || state === "expired";
    const strategy = strategyId === null ? [] : ["strategy_id=?"];
    const narrowed = [...strategy, ...(unfilled ? ["state=?"] : symbol === null ? [] : ["symbol=?"])];
    const ask: Asked = (reader) => orders.readOrders(reader, { strategyId, symbol, state, ...page });
    return [`readOrders ${JSON.stringify(given)}`, [...narrowed, "position<?"], ask] as const;
  }),
  ...AUDIT.map((given) => {
    const { actor, action } = given as Partial<operations.AuditQuery>;
    const name = actor === undefined ? (action === undefined ? [] : ["action=?"]) : ["actor=?"];
    const place = name.length === 0 ? ["rowid>? AND rowid<?"] : [];
    const ask: Asked = (reader) => operations.readAudit(reader, { ...given, limit: 10 });
    return [`readAudit ${JSON.stringify(given)}`, [...name, ...place], ask] as const;
  }),
  ["readOrder", ["order_id=?"], (reader) => orders.readOrder(reader, "o")],
  ["readPostings", ["execution_id=? AND entry<?"], (reader) => orders.readPostings(reader, "e", 5, 10)],
  [
    "readLedgerSums",
    ["ledger_sums USING PRIMARY KEY (execution_id=?)"],
    (reader) => orders.readLedgerSums(reader, "e"),
  ],
  [
    "readTrades",
    ["(execution_id=? AND position<?)"],
    (reader) => executions.readTrades(reader, { executionId: "e", symbol: null, ...page }),
  ],
  [
    "readTrades of a symbol",
    ["(execution_id=? AND symbol=? AND position<?)"],
    (reader) => executions.readTrades(reader, { executionId: "e", symbol: "A", ...page }),
  ],
  ["readEquity", ["(execution_id=?)"], (reader) => executions.readEquity(reader, "e")],
  [
    "readPipelineLogs",
    ["(pipeline_id=? AND log_id<?)"],
    (reader) => pipelines.readPipelineLogs(reader, { pipelineId: "p", stage: "backtest", ...page }),
  ],
  ["readPipelines", ["(pipeline_id=?)"], (reader) => pipelines.readPipelines(reader, ["p", "q"])],
  ["readVersion", ["(strategy_id=? AND version=?)"], (reader) => versions.readVersion(reader, "s", "1.0.0")],
  ["readBacktests", ["PRIMARY KEY (rowid=?)"], (reader) => backtests.readBacktests(reader, [1, 2])],
  ["readBacktestPage", ["PRIMARY KEY (rowid=?)"], (reader) => backtests.readBacktestPage(reader, 1)],
];

it.each(ASKED)("%s is narrowed by an index to what was asked for", async (_, narrowed, ask) => {
  const reader = planned();
  await ask(reader);
  const plan = reader.plans.join("\n");
  for (const part of narrowed) expect(plan).toContain(part);
  for (const table of LARGE) expect(plan).not.toContain(`SCAN ${table}`);
  expect(plan).not.toMatch(/TEMP B-TREE FOR ORDER BY/);
});

it("is looked at here for everything that the store has to read", () => {
  const looked = new Set([...ASKED.map(([name]) => name.split(" ")[0] ?? ""), ...AT_START]);
  for (const [file, module] of Object.entries(MODULES))
    for (const name of Object.keys(module)) if (name.startsWith("read")) expect(looked, file).toContain(name);
});
