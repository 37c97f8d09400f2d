// Whether ledgers add up, judged twice and from outside: in what the threads of executions tell, after every batch of
// fills, and in what is stored, at every start. cash = capital - positions at cost + realised - fees + carry, to the
// millionth; and the cash that the fills alone come to is the cash that was posted.
import { added, type Balances, NO_BALANCES, type Posting } from "../../../src/manage/orders/orders.ts";
import type { Beginning, ExecutionNews, StoredFill } from "../../../src/manage/executions/messages.ts";
import type { SqlDriver } from "../../../src/store/sqlite/driver.ts";
import { must } from "./facts.ts";

const MILLION = 1_000_000;
/** Millionths by which a fill may be off that was rounded in two parts. */
const ROUNDING = 2;
const ACCOUNTS = ["cash", "cost", "fees", "realised", "carry", "capital"] as const;

interface Shadow {
  balances: Balances;
  /** Of the fills alone, millionths. */
  cash: number;
  /** Of payments for what is held. */
  carry: number;
  fills: number;
  readonly quantities: Map<string, { quantity: number; traded: number }>;
}

function sumOf(balances: Balances): number {
  return ACCOUNTS.reduce((sum, account) => sum + balances[account], 0);
}
function spent({ side, quantity, price, fee }: StoredFill): number {
  return Math.round((side === "BUY" ? quantity : -quantity) * price * MILLION) + Math.round(fee * MILLION);
}

/** What the threads tell, by the number of the execution. */
export class Books {
  fills = 0;
  looks = 0;
  private readonly shadows = new Map<number, Shadow>();

  /** An execution begins, or goes on with what is stored or was told. */
  begun({ key, posted, fills }: Beginning): void {
    const shadow: Shadow = { balances: posted ?? NO_BALANCES, cash: 0, carry: 0, fills: 0, quantities: new Map() };
    shadow.carry = -shadow.balances.carry;
    for (const fill of fills) count(shadow, fill);
    this.shadows.set(key, shadow);
  }

  told({ key, state, fills, postings, positions }: ExecutionNews): void {
    const shadow = this.shadows.get(key);
    if (shadow === undefined) return;
    for (const fill of fills) count(shadow, fill);
    for (const posting of postings) this.posted(key, shadow, posting);
    this.fills += fills.length;
    this.looks++;
    const { balances } = shadow;
    for (const account of ACCOUNTS) {
      must(
        balances[account] === state.balances[account],
        () =>
          `execution ${key}: postings come to ${balances[account]} of ${account}, its account has ${state.balances[account]}`,
      );
    }
    must(Number.isFinite(state.equity), () => `execution ${key}: equity ${state.equity}`);
    const cash = shadow.cash + shadow.carry - balances.capital;
    must(
      Math.abs(cash - balances.cash) <= ROUNDING * (shadow.fills + 1),
      () => `execution ${key}: its ${shadow.fills} fills leave ${cash} of cash, ${balances.cash} was posted`,
    );
    if (positions === null) return;
    const cost = positions.reduce((sum, position) => sum + Math.round(position.cost * MILLION), 0);
    must(cost === balances.cost, () => `execution ${key}: positions cost ${cost}, ${balances.cost} was posted`);
    for (const { symbol, quantity } of positions) {
      const { quantity: sum = 0, traded = 0 } = shadow.quantities.get(symbol) ?? {};
      must(
        Math.abs(sum - quantity) <= 1e-9 * Math.max(traded, 1e-6),
        () => `execution ${key}: fills of ${symbol} come to ${sum}, it holds ${quantity}`,
      );
    }
  }

  /** Another process. */
  forget(): void {
    this.shadows.clear();
  }

  private posted(key: number, shadow: Shadow, posting: Posting): void {
    must(sumOf(posting) === 0, () => `execution ${key}: a posting of a ${posting.kind} is out by ${sumOf(posting)}`);
    must(posting.kind !== "recall", () => `execution ${key}: it goes on with other books than were posted`);
    shadow.balances = added(shadow.balances, posting);
    shadow.carry -= posting.carry;
    must(sumOf(shadow.balances) === 0, () => `execution ${key}: its books are out by ${sumOf(shadow.balances)}`);
  }
}

function count(shadow: Shadow, fill: StoredFill): void {
  shadow.fills++;
  shadow.cash -= spent(fill);
  const known = shadow.quantities.get(fill.symbol) ?? { quantity: 0, traded: 0 };
  known.quantity += fill.side === "BUY" ? fill.quantity : -fill.quantity;
  known.traded += fill.quantity;
  shadow.quantities.set(fill.symbol, known);
}

export interface StoredBooks {
  readonly executions: number;
  readonly trades: ReadonlySet<string>;
  readonly entries: number;
  /** Of all ledgers; equal for equal seeds. */
  readonly cash: number;
}

/** A fill as the database has it, in so far as its posting has to agree. */
interface Filed {
  readonly symbol: string;
  readonly time: number;
  /** What it comes to, millionths. */
  readonly spent: number;
}

/** Each fill has a posting of its own, unless it comes to less than a millionth, and no posting of a fill is without one. */
function allPosted(driver: SqlDriver, filed: Map<string, Filed>): void {
  const sql = "SELECT execution_id, trade, symbol, timestamp FROM ledger WHERE kind = 'fill'";
  for (const { execution_id: executionId, trade, symbol, timestamp } of driver.all(sql)) {
    const name = `${String(executionId)}:${String(trade)}`;
    const fill = filed.get(name);
    must(
      fill?.symbol === symbol && fill?.time === timestamp,
      () => `a posting of ${String(symbol)} at ${String(timestamp)} is for fill ${name}, which is another one`,
    );
    filed.delete(name);
  }
  for (const [name, { symbol, spent }] of filed)
    must(spent === 0, () => `fill ${name} of ${symbol} comes to ${spent} and has no posting of its own`);
}

/** The database at rest: every ledger whole and balanced, with each fill once, and the cash that the fills come to. */
export function storedBooks(driver: SqlDriver): StoredBooks {
  const trades = new Set<string>();
  const filed = new Map<string, Filed>();
  const spending = new Map<string, { count: number; spent: number }>();
  for (const row of driver.all("SELECT * FROM trades ORDER BY execution_id, position")) {
    const executionId = String(row["execution_id"]);
    const known = spending.get(executionId) ?? { count: 0, spent: 0 };
    must(
      row["position"] === known.count,
      () => `a fill is missing: number ${known.count}, ${String(row["position"])} follows`,
    );
    const fill = row as unknown as StoredFill;
    spending.set(executionId, { count: known.count + 1, spent: known.spent + spent(fill) });
    trades.add(String(row["trade_id"]));
    const { symbol } = fill;
    filed.set(`${executionId}:${known.count}`, { symbol, time: Number(row["timestamp"]), spent: spent(fill) });
  }
  let entries = 0;
  let cash = 0;
  const sums = ACCOUNTS.map((account) => `sum(${account}) AS ${account}`).join(", ");
  const off = "sum(CASE cash + cost + fees + realised + carry + capital WHEN 0 THEN 0 ELSE 1 END) AS off";
  const kinds = "sum(kind = 'fill') AS fills, sum(kind = 'recall') AS recalls";
  const sql = `SELECT execution_id, count(*) AS n, max(entry) AS last, ${sums}, ${off}, ${kinds} FROM ledger GROUP BY execution_id`;
  for (const row of driver.all(sql)) {
    const of = (name: string): number => Number(row[name]);
    const { count: filled = 0, spent: paid = 0 } = spending.get(String(row["execution_id"])) ?? {};
    must(of("last") === of("n") - 1, () => `a ledger has ${of("n")} entries, the last is ${of("last")}`);
    must(of("off") === 0, () => `${of("off")} stored entries of a ledger do not balance`);
    must(of("recalls") === 0, () => "a ledger goes on with other books than were posted");
    must(of("fills") <= filled, () => `${of("fills")} fills are posted, ${filled} are stored`);
    const due = -of("capital") - paid - of("carry");
    must(
      Math.abs(due - of("cash")) <= ROUNDING * (filled + 1),
      () => `${filled} stored fills leave ${due} of cash, ${of("cash")} is posted`,
    );
    spending.delete(String(row["execution_id"]));
    entries += of("n");
    cash += of("cash");
  }
  for (const [executionId, { count: filled }] of spending)
    must(filled === 0, () => `${filled} fills of ${executionId} are stored, and nothing is posted`);
  allPosted(driver, filed);
  const executions = Number(driver.get("SELECT count(*) AS n FROM executions")?.["n"]);
  return { executions, trades, entries, cash };
}
