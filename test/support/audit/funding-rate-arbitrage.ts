// The rules of funding_rate_arbitrage, each with the mutation that takes it out and the test that must notice.
import type { AuditedRule } from "./rule.ts";

const RULE = {
  strategy: "funding_rate_arbitrage",
  file: "assembly/kernels/arbitrage/funding-rate-arbitrage.ts",
  test: "test/unit/assembly/funding-rate-arbitrage.test.ts",
};
const VENUES = { ...RULE, file: "assembly/kernels/arbitrage/funding-venues.ts" };

export const FUNDING_RATE_ARBITRAGE_RULES: readonly AuditedRule[] = [
  {
    ...RULE,
    rule: "carry above cost",
    find: "if (best > least) open(",
    replace: "if (best > 0) open(",
    name: "give the signals of the twin",
  },
  {
    ...RULE,
    rule: "fees of four legs and slippage",
    find: "const trades = 4 * (takerFee(symbol) + parameter(instance, SLIPPAGE_BPS) * 1e-4);",
    replace: "const trades: f64 = 0;",
    name: "is silent when the carry does not pay for its costs",
  },
  {
    ...RULE,
    rule: "no position whose margin is too thin from the first moment on",
    find: "if (1 / parameter(instance, LEVERAGE) < ",
    replace: "if (false && 1 / parameter(instance, LEVERAGE) < ",
    name: "is silent where the margin of a new position were already too thin",
  },
  {
    ...RULE,
    rule: "borrow",
    find: "(borrows ? (borrow * parameter(instance, HORIZON_H)) / YEAR_H : 0)",
    replace: "0",
    name: "sells a perpetual that pays, buys one that is paid",
  },
  {
    ...RULE,
    rule: "difference of rates across venues",
    find: "      if (crosses && !differs(cell, instance, one, two)) continue;\n",
    replace: "",
    name: "needs rates that differ by difference_min a day",
  },
  {
    ...RULE,
    rule: "takes one percent combined",
    find: "if (!took && !turned && !wide && !thinPerp && !thinOther) return;",
    replace: "if (!turned && !wide && !thinPerp && !thinOther) return;",
    name: "when both legs and the funding have earned one percent together",
  },
  {
    ...RULE,
    rule: "leaves when the rates turn",
    find: "if (!took && !turned && !wide && !thinPerp && !thinOther) return;",
    replace: "if (!took && !wide && !thinPerp && !thinOther) return;",
    name: "when the rates turn by more than 0.1 % a day against it",
  },
  {
    ...RULE,
    rule: "leaves when the basis widens",
    find: "if (!took && !turned && !wide && !thinPerp && !thinOther) return;",
    replace: "if (!took && !turned && !thinPerp && !thinOther) return;",
    name: "when the basis widens by two of its deviations",
  },
  {
    ...RULE,
    rule: "leaves when the margin is thin",
    find: "if (!took && !turned && !wide && !thinPerp && !thinOther) return;",
    replace: "if (!took && !turned && !wide) return;",
    name: "when the margin of the perpetual leg is below",
  },
  {
    ...RULE,
    rule: "fresh quotes",
    find: "return clock - site(cell, SITE_ARRIVED, slot) < parameter(instance, MAX_AGE_MS) * US_PER_MS;",
    replace: "return true;",
    name: "is silent while inputs are missing, and says which",
  },
  {
    ...RULE,
    rule: "funding is collected",
    find: "if (settled >= 0) collect(cell, u32(settled));",
    replace: "",
    name: "when both legs and the funding have earned one percent together",
  },
  {
    ...VENUES,
    rule: "a settlement counts once",
    find: "const settles = count == 0 || eventTime - site(cell, SITE_TIME, slot) >= 0.5 * interval * US_PER_S;",
    replace: "const settles = true;",
    name: "counts a rate that is repeated within half an interval once",
  },
  {
    ...VENUES,
    rule: "forecast of an autoregression",
    find: "const slope = xx > FLOOR ? xy / xx : 0;",
    replace: "const slope: f64 = 0;",
    name: "is that of a first-order autoregression",
  },
];
