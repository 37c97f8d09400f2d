// The rules of latency_arbitrage, each with the mutation that takes it out and the test that must notice.
import type { AuditedRule } from "./rule.ts";

const RULE = {
  strategy: "latency_arbitrage",
  file: "assembly/kernels/arbitrage/latency-arbitrage.ts",
  test: "test/unit/assembly/latency-arbitrage.test.ts",
};
const PAIR = { ...RULE, file: "assembly/kernels/arbitrage/venue-pair.ts" };

export const LATENCY_ARBITRAGE_RULES: readonly AuditedRule[] = [
  {
    ...RULE,
    rule: "fee and slippage",
    find: "const edge = gap - costs * entry - 0.5 * tick;",
    replace: "const edge = gap - 0.5 * tick;",
    name: "is not traded when fees and slippage exceed the gap",
  },
  {
    ...RULE,
    rule: "half a tick",
    find: "const edge = gap - costs * entry - 0.5 * tick;",
    replace: "const edge = gap - costs * entry;",
    name: "give the signals of the twin",
  },
  {
    ...RULE,
    rule: "latency below the lead",
    find: "if (!(latency < tau)) return;",
    replace: "",
    name: "and not at all beyond the lead, whatever confidence is asked for",
  },
  {
    ...RULE,
    rule: "age of the follower's quote",
    find: "if (clock - venueColumn(cell, VENUE_ARRIVED, follower) >= parameter(instance, MAX_AGE_MS) * US_PER_MS) return;",
    replace: "",
    name: "is not opened on a quote of the follower that is too old",
  },
  {
    ...RULE,
    rule: "immediate or cancel",
    find: "const ioc = layout.SIGNAL_FLAG_IOC;",
    replace: "const ioc = 0;",
    name: "is traded on the follower",
  },
  {
    ...RULE,
    rule: "leaves when the gap has closed",
    find: "const closed = side * (taken - column<f64>(cell, layout.CELL_TARGET)) >= 0;",
    replace: "const closed = false;",
    name: "ends when the gap has closed",
  },
  {
    ...RULE,
    rule: "stop",
    find: "const stopped = side * (taken - column<f64>(cell, layout.CELL_STOP)) <= 0;",
    replace: "const stopped = false;",
    name: "ends when the quote moved two ticks against it",
  },
  {
    ...RULE,
    rule: "leaves after five leads",
    find: "if (!closed && !stopped && !late) return;",
    replace: "if (!closed && !stopped) return;",
    name: "ends after five leads",
  },
  {
    ...RULE,
    rule: "pause after three misses",
    find: "if (lead == 0 || clock < column<f64>(cell, LATENCY_PAUSE)) return;",
    replace: "if (lead == 0) return;",
    name: "that missed three times in a row is followed by a pause",
  },
  {
    ...RULE,
    rule: "latency in the confidence",
    find: "* (1 - latency / tau);",
    replace: "* 1;",
    name: "is not traded when the path takes longer than the lead",
  },
  {
    ...PAIR,
    rule: "a lead beyond chance",
    find: "if (!(rho >= rhoMin) || !(rho >= chance) || abs(lead) < step) return;",
    replace: "if (!(rho >= rhoMin) || abs(lead) < step) return;",
    name: "between two venues that go by themselves",
  },
  {
    ...PAIR,
    rule: "a lead of at least one step",
    find: "if (!(rho >= rhoMin) || !(rho >= chance) || abs(lead) < step) return;",
    replace: "if (!(rho >= rhoMin) || !(rho >= chance)) return;",
    name: "of venues that move together",
  },
  {
    ...PAIR,
    rule: "beta",
    find: "putCell(cell, PAIR_BETA, covariance / leader);",
    replace: "putCell(cell, PAIR_BETA, 1);",
    name: "give the signals of the twin",
  },
];
