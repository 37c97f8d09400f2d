// The rules of adaptive_quote, each with the mutation that takes it out and the test that must notice.
import type { AuditedRule } from "./rule.ts";

const RULE = {
  strategy: "adaptive_quote",
  file: "assembly/kernels/market-making/adaptive-quote.ts",
  test: "test/unit/assembly/adaptive-quote.test.ts",
};

export const ADAPTIVE_QUOTE_RULES: readonly AuditedRule[] = [
  {
    ...RULE,
    rule: "quotes lean against inventory",
    find: "adaptiveSkew(cell, parameter(instance, GAMMA), tick) * share * most",
    replace: "0 * share * most",
    name: "moves both quotes against its inventory",
  },
  {
    ...RULE,
    rule: "no buying when the inventory is full",
    find: "share < 1 ? size : 0,",
    replace: "size,",
    name: "moves both quotes against its inventory",
  },
  {
    ...RULE,
    rule: "taken back when the fit is old",
    find: "return fresh && column",
    replace: "return column",
    name: "takes its quotes back, once, when the fit has grown old",
  },
  {
    ...RULE,
    rule: "taken back when the fit is poor",
    find: "return fresh && column<f64>(cell, DEPTH_R2) >= parameter(instance, FIT_R2);",
    replace: "return fresh;",
    name: "takes its quotes back when the fit no longer explains",
  },
  {
    ...RULE,
    rule: "requotes only after a tick",
    find: "!moved(cell, bid, ask, sides, tick)",
    replace: "false",
    name: "sends new quotes only when one has moved by a tick",
  },
  {
    ...RULE,
    rule: "never crosses the book",
    find: "atMost(fair - (half + skew), load<f64>(row, layout.SYMBOL_ASK) - tick)",
    replace: "fair + half",
    name: "quotes on ticks, around the microprice",
  },
  {
    ...RULE,
    rule: "confidence falls with inventory",
    find: "(1 - abs(share)) *",
    replace: "",
    name: "moves both quotes against its inventory",
  },
  {
    ...RULE,
    rule: "a full side does not stand",
    find: "if (column<f64>(cell, STANDS) != 0 && closed != 0) takeBack(cell);",
    replace: "",
    name: "takes back what stands when a side has become full",
  },
];
