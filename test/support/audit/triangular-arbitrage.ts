// The rules of triangular_arbitrage, each with the mutation that takes it out and the test that must notice.
import type { AuditedRule } from "./rule.ts";

const RULE = {
  strategy: "triangular_arbitrage",
  file: "assembly/kernels/arbitrage/triangular-arbitrage.ts",
  test: "test/unit/assembly/triangular-arbitrage.test.ts",
};
const BOOK = { ...RULE, file: "assembly/kernels/arbitrage/cycle-book.ts" };

export const TRIANGULAR_ARBITRAGE_RULES: readonly AuditedRule[] = [
  {
    ...RULE,
    rule: "edge above edge_min",
    find: "const least = 1 + parameter(instance, EDGE_MIN);",
    replace: "const least = 1;",
    test: "test/unit/assembly/triangular-tapes.test.ts",
    name: "give the signals of the twin",
  },
  {
    ...RULE,
    rule: "both directions",
    find: "  triangleEnter(group, -1);",
    replace: "",
    name: "the other way round starts with the last leg",
  },
  {
    ...RULE,
    rule: "all books younger than max_age_ms",
    find: "if (!(age < oldest) ||",
    replace: "if (",
    name: "are too old at max_age_ms, whatever confidence is asked for",
  },
  {
    ...RULE,
    rule: "freshness in the confidence",
    find: "* (1 - age / oldest)",
    replace: "* 1",
    name: "older than max_age_ms on the engine's clock",
  },
  {
    ...RULE,
    rule: "depth in the confidence",
    find: "const wanted = depth < 1 ? depth : 1;",
    replace: "const wanted: f64 = 1;",
    name: "below the least notional of one leg",
  },
  {
    ...RULE,
    rule: "unwinds when the edge is gone",
    find: "if (edgeGone(row)) unwind(group);",
    replace: "",
    name: "are taken back when the edge is gone",
  },
  {
    ...RULE,
    rule: "unwinds when a book grows too old",
    find: "if (oldestArrival(row) + maxAgeUs(row) <= end) unwind(group);\n  else store<f64>(row, 0, TRIANGLE_SIDE);",
    replace: "store<f64>(row, 0, TRIANGLE_SIDE);",
    test: "test/unit/assembly/triangular-tapes.test.ts",
    name: "give the signals of the twin",
  },
  {
    ...RULE,
    rule: "filled after fill_ms",
    find: "if (clock < end) return;",
    replace: "if (clock < end || true) return;",
    name: "count as filled after fill_ms",
  },
  {
    ...RULE,
    rule: "immediate or cancel",
    find: "const ioc = layout.SIGNAL_FLAG_IOC;",
    replace: "const ioc = 0;",
    name: "is traded through",
  },
  {
    ...BOOK,
    rule: "rounding to lots after each leg",
    find: "return instrument(symbol, reference.INSTRUMENT_LOT);",
    replace: "return 0;",
    name: "counts lots after each leg",
  },
  {
    ...BOOK,
    rule: "least notional of each leg",
    find: "if (!(tradedQuantity > 0) || !(tradedValue >= instrument(symbol, reference.INSTRUMENT_MIN_NOTIONAL))) return 0;",
    replace: "if (!(tradedQuantity > 0)) return 0;",
    name: "below the least notional of one leg",
  },
  {
    ...BOOK,
    rule: "fee of each leg",
    find: "  return (selling ? tradedValue : tradedQuantity) * (1 - takerFee(symbol));",
    replace: "  return selling ? tradedValue : tradedQuantity;",
    test: "test/unit/assembly/triangular-tapes.test.ts",
    name: "give the signals of the twin",
  },
  {
    ...BOOK,
    rule: "largest amount that the books give",
    find: "      if (!(step < most)) return amount + (most > 0 ? most : 0);",
    replace: "      return amount;",
    name: "takes as much as the books give",
  },
];
