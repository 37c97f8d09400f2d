// A strategy whose first lines follow a chain through 4 MiB in an order that no cache foresees, until their fuel is spent:
// the same fuel takes fifty times as long there as in a loop that counts.
import { strategyCode } from "../strategy-code.ts";

const SLOTS = 1_048_576;
const STEPS = 40;

export const CHASE = strategyCode(
  "this.buy(f64(AT));",
  "",
  `const M: u32 = ${SLOTS - 1}; const CHAIN = memory.data(${4 * SLOTS}, 16);
for (let i: u32 = 0; i <= M; i++) store<u32>(CHAIN + (i << 2), u32(CHAIN) + (((i * 1664525 + 1013904223) & M) << 2));
let AT: usize = CHAIN; while (true) { ${"AT = load<u32>(AT); ".repeat(STEPS)} }`,
);
