// How an execution begins that has no past, for tests and benches of its thread: one symbol, from the first row on.
import type { Beginning } from "../../../src/manage/executions/messages.ts";

export function beginningOf(given: Partial<Beginning> & Pick<Beginning, "key" | "program" | "terms">): Beginning {
  return {
    version: "1.0.0",
    parameters: {},
    owner: null,
    symbols: ["BTCUSD"],
    names: [[0, "BTCUSD"]],
    from: 1,
    paused: false,
    fills: [],
    past: null,
    startTime: 1_750_000_000_000_000,
    orders: [],
    lastOrder: 0,
    posted: null,
    carry: [],
    shares: null,
    gates: [],
    reigns: [],
    again: false,
    ...given,
  };
}
