// A finished run as one JSON document, and back: what `backtest --out` writes and `report` reads. Version 1. A number that
// is not available, or not a number, is null; an outcome that was written and read again is written as the same bytes.
import { failed, ok, type Result } from "../../domain/result.ts";
import type { Verdict } from "../honesty/honesty.ts";
import type { ClosedTrade, EquityCurve, Figures, Outcome, PriceLine, Statement } from "../outcome.ts";
import { DATA_FIELDS, FIGURE_FIELDS, FIGURES_ALWAYS, renamed, STATEMENT_FIELDS, TRADE_FIELDS } from "./fields.ts";
import { Reader } from "./reader.ts";
import { readVerdict, verdictFields } from "./verdict-json.ts";

const RESULT_FORMAT = "strategy-engine/result";
const RESULT_VERSION = 1;

export interface ResultFile {
  readonly outcome: Outcome;
  /** For charts; empty when the writer kept none. */
  readonly prices: readonly PriceLine[];
  readonly verdict: Verdict | null;
}

export function writeResult({ outcome, prices, verdict }: ResultFile): string {
  return `${JSON.stringify({
    format: RESULT_FORMAT,
    version: RESULT_VERSION,
    statement: {
      ...renamed(outcome.statement, STATEMENT_FIELDS),
      data: outcome.statement.data.map((one) => renamed(one, DATA_FIELDS)),
    },
    figures: renamed(outcome.figures, FIGURE_FIELDS),
    events: outcome.events,
    signals: outcome.signals,
    signal_hash: outcome.signalHash,
    result_hash: outcome.resultHash,
    warnings: outcome.warnings,
    open: outcome.open.map(({ symbol, quantity, entryPrice }) => ({ symbol, quantity, entry_price: entryPrice })),
    verdict: verdict === null ? null : verdictFields(verdict),
    trades: outcome.trades.map((trade) => renamed(trade, TRADE_FIELDS)),
    equity: {
      time: [...outcome.equity.time],
      equity: [...outcome.equity.equity],
      exposure: [...outcome.equity.exposure],
    },
    prices: prices.map(({ symbol, time, price }) => ({ symbol, time: [...time], price: [...price] })),
  })}\n`;
}

export function readResult(text: string): Result<ResultFile, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return failed("it is not JSON; `strategy-engine backtest ... --out FILE` writes such a file");
  }
  const root = new Reader(value);
  const format = root.at("format");
  if (format.missing || format.text() !== RESULT_FORMAT) {
    return failed(`it is not a result: its "format" must be "${RESULT_FORMAT}", as \`backtest --out\` writes it`);
  }
  const version = root.at("version").number();
  if (version !== RESULT_VERSION) {
    return failed(`it is a result of version ${version}; this engine reads version ${RESULT_VERSION}`);
  }
  const file: ResultFile = {
    outcome: readOutcome(root),
    prices: root.at("prices").missing ? [] : root.at("prices").list(readPrices),
    verdict: root.at("verdict").missing ? null : readVerdict(root.at("verdict")),
  };
  return root.fault === null ? ok(file) : failed(root.fault);
}

function readOutcome(root: Reader): Outcome {
  return {
    statement: readStatement(root.at("statement")),
    figures: readFigures(root.at("figures")),
    trades: root.at("trades").list(readTrade),
    equity: readEquity(root.at("equity")),
    events: root.at("events").number(),
    signals: root.at("signals").number(),
    signalHash: root.at("signal_hash").text(),
    resultHash: root.at("result_hash").text(),
    open: root.at("open").list((one) => ({
      symbol: one.at("symbol").text(),
      quantity: one.at("quantity").number(),
      entryPrice: one.at("entry_price").number(),
    })),
    warnings: root.at("warnings").list((one) => one.text()),
  };
}

function readStatement(at: Reader): Statement {
  return {
    strategy: at.at("strategy").text(),
    parameters: at.at("parameters").record((one) => one.number()),
    symbols: at.at("symbols").list((one) => one.text()),
    capital: at.at("capital").number(),
    from: at.at("from").number(),
    to: at.at("to").number(),
    data: at.at("data").list((one) => ({
      dataset: one.at("dataset").text(),
      symbol: one.at("symbol").text(),
      source: one.at("source").text(),
      synthetic: one.at("synthetic").flag(),
      rows: one.at("rows").number(),
      from: one.at("from").number(),
      to: one.at("to").number(),
      hash: one.at("hash").text(),
    })),
    costs: at.at("costs").record((one) => one.scalar()),
    codeHash: at.at("code_hash").text(),
    parameterHash: at.at("parameter_hash").text(),
    dataHash: at.at("data_hash").text(),
    engineVersion: at.at("engine_version").text(),
  };
}

function readFigures(at: Reader): Figures {
  const names = Object.keys(FIGURE_FIELDS) as (keyof Figures)[];
  const read = (name: keyof Figures): number | null => {
    const field = at.at(FIGURE_FIELDS[name]);
    return FIGURES_ALWAYS.has(name) ? (field.missing ? Number.NaN : field.number()) : field.numberOrNull();
  };
  return Object.fromEntries(names.map((name) => [name, read(name)])) as unknown as Figures;
}

function readTrade(at: Reader): ClosedTrade {
  const number = (name: keyof typeof TRADE_FIELDS): number => {
    const field = at.at(TRADE_FIELDS[name]);
    return field.missing ? Number.NaN : field.number();
  };
  return {
    symbol: at.at("symbol").text(),
    side: at.at("side").oneOf(["long", "short"]),
    quantity: number("quantity"),
    entryTime: number("entryTime"),
    entryPrice: number("entryPrice"),
    exitTime: number("exitTime"),
    exitPrice: number("exitPrice"),
    pnl: number("pnl"),
    fees: number("fees"),
    slippage: number("slippage"),
    carry: number("carry"),
    reason: at.at("reason").oneOf(["signal", "stop", "target", "trailing", "flip", "expired", "liquidated"]),
  };
}

function readEquity(at: Reader): EquityCurve {
  const [time, equity, exposure] = [at.at("time").column(), at.at("equity").column(), at.at("exposure").column()];
  if (equity.length !== time.length || exposure.length !== time.length) {
    at.refuse(`${time.length} times, ${equity.length} equities and ${exposure.length} exposures; they must be as many`);
  }
  return { time, equity, exposure };
}

function readPrices(at: Reader): PriceLine {
  const [time, price] = [at.at("time").column(), at.at("price").column()];
  if (price.length !== time.length) at.refuse(`${time.length} times and ${price.length} prices; they must be as many`);
  return { symbol: at.at("symbol").text(), time, price };
}
