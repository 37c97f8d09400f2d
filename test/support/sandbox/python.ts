// Strategies in Python for tests: opened, driven with prices, and what they answered.
import { openPython, type PythonProgram } from "../../../src/sandbox/python/python-program.ts";
import type { Decision, MarketEvent, StrategyFault } from "../../../src/sandbox/strategy-module.ts";
import type { Result } from "../../../src/domain/result.ts";

/** The strategy of the guide. */
export const RSI_STRATEGY = `
import numpy as np
from typing import Any, Dict, Optional


class RSIStrategy:
    """Buys what was sold too far, sells what was bought too far."""

    def __init__(self, rsi_period: int = 14, oversold: float = 30, overbought: float = 70):
        self.rsi_period = rsi_period
        self.oversold = oversold
        self.overbought = overbought

    def generate_signal(self, market_data: Dict[str, Any]) -> Optional[str]:
        prices = market_data["prices"]
        if len(prices) < self.rsi_period + 1:
            return "HOLD"
        rsi = calculate_rsi(prices, self.rsi_period)
        if rsi < self.oversold:
            return "BUY"
        if rsi > self.overbought:
            return {"action": "SELL", "confidence": 0.75}
        return "HOLD"
`;

export function eventAt(index: number, price: number, symbol = 0): MarketEvent {
  return {
    symbol,
    time: (1_700_000_000 + index) * 1_000_000,
    price,
    volume: 10 + index,
    open: price,
    high: price,
    low: price,
    bid: 0,
    ask: 0,
    bidSize: 0,
    askSize: 0,
    position: 0,
  };
}

export async function opened(
  code: string,
  given = {},
  symbols: readonly string[] = ["BTC-USD"],
): Promise<PythonProgram> {
  const program = await openPython(code, symbols, given);
  if (!program.ok)
    throw new Error(`${program.failure.kind} at line ${program.failure.line}: ${program.failure.message}`);
  return program.value;
}

export function answersTo(
  program: PythonProgram,
  prices: readonly number[],
): readonly Result<Decision | null, StrategyFault>[] {
  return prices.map((price, index) => program.decide(eventAt(index, price)));
}

/** A class whose generate_signal has this body. */
export function strategyOf(body: string, before = ""): string {
  const lines = body.trim().split("\n");
  return `${before}\nclass S:\n    def generate_signal(self, market_data):\n${lines.map((line) => `        ${line}\n`).join("")}`;
}

/** What the body says about one event, where it says it by raising an exception: its message. */
export async function saidBy(expression: string, before = ""): Promise<string> {
  const program = await opened(strategyOf(`raise ValueError(repr(${expression}))`, before));
  const answer = program.decide(eventAt(0, 100));
  if (answer.ok) throw new Error("it said nothing");
  return answer.failure.message.replace(/^ValueError: /, "");
}

/** The fault of the first event, or of opening. */
export async function faultOf(code: string, given = {}): Promise<StrategyFault> {
  const program = await openPython(code, ["BTC-USD"], given);
  if (!program.ok) return program.failure;
  const answer = program.value.decide(eventAt(0, 100));
  if (answer.ok) throw new Error("there was no fault");
  return answer.failure;
}
