// Executions of a process that ended, in the next one: a store in which one of a built-in strategy holds ten of a symbol.
import { expect } from "vitest";
import { ASSET_TYPES } from "../../../src/domain/asset-type.ts";
import { ok } from "../../../src/domain/result.ts";
import { Executions, type ExecutionEvent, type Shares } from "../../../src/manage/executions/executions.ts";
import type { Strategy } from "../../../src/manage/registry/registry.ts";
import type { Board } from "../../../src/manage/risk/board.ts";
import { Seats } from "../../../src/manage/risk/seats.ts";
import { type ExecutionRecord, executionTable, tradeTable, type TradeRecord } from "../../../src/store/executions.ts";
import { ledgerTable, type OrderRecord, orderTable } from "../../../src/store/orders.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { strategyTable, type StrategyRecord } from "../../../src/store/strategies.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";

export const ID = "exec_restart";
export const AT = 1_763_000_000_000_000;
export const PLANE = {
  tap: { listen: () => undefined, nextSequence: 0 },
  halted: false,
  names: () => [],
  price: () => 0,
  left: () => [],
};

export const STRATEGY: StrategyRecord & Strategy = {
  strategyId: "strat_aaaaaa",
  strategyName: "one",
  version: "1.0.0",
  codeHash: "",
  parameters: {},
  riskLimits: {},
  language: "assemblyscript",
  createdAt: 1,
  updatedAt: 1,
  deletedAt: null,
  kind: "builtin",
  strategyType: null,
  implementation: "momentum_rider",
  assetTypes: ASSET_TYPES,
  status: "deployed",
  statusBefore: null,
  deployedVersion: "1.0.0",
  lastError: null,
  code: "",
};

export function trade(position: number, side: "BUY" | "SELL", quantity: number, price: number): TradeRecord {
  const rest = { executionId: ID, symbol: "X", timestamp: AT + position, pnl: 0, sequence: position, fee: 1 };
  return { ...rest, tradeId: `trade_${position}`, side, quantity, price, position };
}

export const STOP: OrderRecord = {
  orderId: "ord_restart00000001",
  executionId: ID,
  strategyId: "strat_aaaaaa",
  position: 0,
  number: 1,
  symbol: "X",
  side: "SELL",
  kind: "stop",
  state: "working",
  quantity: 10,
  filled: 0,
  average: 0,
  limit: null,
  stop: 90,
  trail: null,
  timeInForce: "gtc",
  reduceOnly: true,
  purpose: "stop",
  oco: 0,
  reason: null,
  createdAt: AT,
  updatedAt: AT,
};

export const RECORD: ExecutionRecord = {
  executionId: ID,
  strategyId: "strat_aaaaaa",
  version: "1.0.0",
  status: "running",
  startTime: AT,
  endTime: null,
  finalPnl: -12,
  tradeCount: 1,
  performanceMetrics: {},
  executionConfig: {},
  stopReason: null,
  error: null,
  reigns: [],
};

interface Planted {
  /** More executions of the strategy that were open. */
  readonly also?: readonly ExecutionRecord[];
  readonly status?: "running" | "paused";
  /** Whether a question to the store is answered. */
  readonly answers?: (sql: string) => boolean;
  /** Where its orders keep limits; without it they keep none. */
  readonly board?: Board;
}

/** `strategy`: whose execution goes on. `shares`: how its versions share symbols, which takes as long as it does. */
export async function restarted(
  autoResume: boolean,
  strategy: () => Strategy | null = () => null,
  shares: () => Promise<Shares | null> = () => Promise.resolve(null),
  { also = [], status = "running", answers = () => true, board }: Planted = {},
) {
  const store = await openStore({ file: null, log: SILENT_LOG });
  if (!store.ok) throw new Error(store.failure);
  const posted = { executionId: ID, timestamp: AT, symbol: null, trade: null, cost: 0, fees: 0, realised: 0, carry: 0 };
  const capital = 100_000_000_000;
  const kept = await store.value.commit([
    strategyTable.insert(STRATEGY),
    executionTable.insert({ ...RECORD, status }),
    ...also.map((record) => executionTable.insert(record)),
    tradeTable.insert(trade(0, "BUY", 10, 100)),
    ledgerTable.insert({ ...posted, entry: 0, kind: "capital", cash: capital, capital: -capital }),
    orderTable.put(STOP),
  ]);
  expect(kept.ok).toBe(true);
  const { value } = store;
  const asked: Store = {
    commit: (statements) => value.commit(statements),
    undo: (statements) => value.undo(statements),
    query: (sql, params) => (answers(sql) ? value.query(sql, params) : Promise.reject(new Error("cannot be read"))),
    reads: value.reads,
    status: () => value.status(),
    close: () => value.close(),
  };
  const executions = new Executions({
    store: asked,
    now: () => AT + 1_000_000,
    log: SILENT_LOG,
    strategy,
    compiled: () => Promise.resolve(ok(null)),
    shares,
    gates: () => [],
    autoResume,
    ...(board === undefined ? {} : { seats: new Seats(board) }),
  });
  const heard: (readonly [ExecutionEvent, string | null])[] = [];
  const left: (readonly [string, number | string])[] = [];
  executions.listen({
    // Figures come whenever it is their turn.
    onExecution: (event, { stopReason }) => void (event === "updated" || heard.push([event, stopReason])),
    onOrder: ({ orderId, state }) => void left.push([orderId, state]),
    onPosition: ({ symbol, quantity }) => void left.push([symbol, quantity]),
  });
  await executions.load();
  const close = async (): Promise<void> => {
    await executions.close();
    await store.value.close();
  };
  return { executions, heard, left, close };
}
