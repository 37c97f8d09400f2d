// The tales of the API, page by page as a client reads them, and of the database, read from its file by itself, read-only,
// with the package that the store uses.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import Database from "libsql";
import { CLI, type EngineProcess } from "../engine-process.ts";
import type { Tale, Tales, ToldAlert, ToldEntry, ToldExecution, ToldLedger, ToldPosition, ToldTrade } from "./tale.ts";

type Fields = Readonly<Record<string, unknown>>;
/** States of orders as the store calls them, where the API has another word. */
const STATES: Readonly<Record<string, string>> = { new: "pending", working: "open" };

export async function pages(engine: EngineProcess, path: string, plural: string): Promise<readonly Fields[]> {
  const rows: Fields[] = [];
  for (let cursor = ""; ;) {
    const answer = await engine.get(`${path}${path.includes("?") ? "&" : "?"}limit=100${cursor}`);
    rows.push(...(answer[plural] as readonly Fields[]));
    const next = answer["next_cursor"] as string | null;
    if (next === null) return rows;
    cursor = `&cursor=${encodeURIComponent(next)}`;
  }
}

export async function apiTale(engine: EngineProcess, positions: readonly ToldPosition[]): Promise<Tale> {
  const executions = (await pages(engine, "/executions?status=all", "executions")) as unknown as ToldExecution[];
  const trades: ToldTrade[] = [];
  const ledgers: ToldLedger[] = [];
  for (const { execution_id: id } of executions) {
    trades.push(...((await pages(engine, `/executions/${id}/trades`, "trades")) as unknown as ToldTrade[]));
    const { totals } = (await engine.get(`/executions/${id}/ledger`)) as { readonly totals: Omit<ToldLedger, "fills"> };
    const entries = await pages(engine, `/executions/${id}/ledger`, "ledger");
    ledgers.push({ ...totals, execution_id: id, fills: entries.filter(({ kind }) => kind === "fill").length });
  }
  const orders = await pages(engine, "/orders", "orders");
  return {
    trades,
    alerts: (await pages(engine, "/alerts", "alerts")) as unknown as ToldAlert[],
    ended: executions,
    orders: orders.map((order) => ({
      order_id: String(order["order_id"]),
      status: String(order["status"]),
      filled: Number(order["filled_quantity"]),
    })),
    positions,
    ledgers,
    audit: (await pages(engine, "/audit", "audit")) as unknown as ToldEntry[],
  };
}

function read(file: string, sql: string): readonly Fields[] {
  const database = new Database(file, { readonly: true });
  try {
    return database.prepare(sql).all() as Fields[];
  } finally {
    database.close();
  }
}

/** What is held by the executions that have not ended, from their fills alone. */
export function databasePositions(file: string): readonly ToldPosition[] {
  const rows = read(
    file,
    `SELECT execution_id, symbol, SUM(CASE side WHEN 'BUY' THEN quantity ELSE -quantity END) AS quantity
       FROM trades JOIN executions USING (execution_id) WHERE status IN ('running', 'paused')
      GROUP BY execution_id, symbol`,
  ) as unknown as readonly ToldPosition[];
  return rows.filter(({ quantity }) => Math.abs(quantity) > 1e-9);
}

export function databaseTale(file: string, positions: readonly ToldPosition[]): Tale {
  const rows = (sql: string): readonly unknown[] => read(file, sql);
  return {
    trades: rows(
      "SELECT trade_id, execution_id, symbol, side, quantity, price, pnl FROM trades",
    ) as readonly ToldTrade[],
    alerts: rows("SELECT alert_id, level, message FROM alerts") as readonly ToldAlert[],
    ended: rows(
      "SELECT execution_id, trade_count, final_pnl AS pnl FROM executions WHERE status IN ('stopped', 'error')",
    ) as readonly ToldExecution[],
    orders: (rows("SELECT order_id, state, filled FROM orders") as readonly Fields[]).map((order) => ({
      order_id: String(order["order_id"]),
      status: STATES[String(order["state"])] ?? String(order["state"]),
      filled: Number(order["filled"]),
    })),
    positions,
    ledgers: (
      rows(`SELECT execution_id, SUM(kind = 'fill') AS fills, SUM(cash) AS cash, SUM(cost) AS positions, SUM(fees) AS fees,
              SUM(realised) AS realised, SUM(carry) AS carry, SUM(capital) AS capital
         FROM ledger GROUP BY execution_id`) as readonly ToldLedger[]
    ).map(({ execution_id, fills, cash, positions: cost, fees, realised, carry, capital }) => ({
      execution_id,
      fills,
      cash,
      positions: cost,
      fees,
      realised,
      carry,
      capital,
    })),
    audit: rows("SELECT audit_id, action, target, hash FROM audit") as readonly ToldEntry[],
  };
}

export async function auditVerify(folder: string): Promise<Tales["chain"]> {
  const args = [CLI, "audit", "verify", "--json", "--data-dir", folder];
  const { stdout } = await promisify(execFile)(process.execPath, args).catch(
    (error: unknown) => error as { readonly stdout: string },
  );
  return JSON.parse(stdout) as Tales["chain"];
}
