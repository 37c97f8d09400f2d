// Of what was said, what the connections of a listener did not bring although they owed it.
import { expect, it } from "vitest";
import { unheardOf } from "../../support/cluster/verdict.ts";

const SAID = Array.from({ length: 9 }, (_, entry) => [`${entry + 1}-0`, `sig_${entry + 1}`.padEnd(20, "x")] as const);
const part = (from: number, to: number) => SAID.slice(from - 1, to);

it("a connection owes everything from its first signal to its last one, and the last connection up to the end", () => {
  expect(unheardOf(SAID, [SAID], "9-0")).toBe(0);
  expect(unheardOf(SAID, [part(1, 4), part(3, 9)], "9-0")).toBe(0);
  expect(unheardOf(SAID, [part(1, 4), part(7, 9)], "9-0")).toBe(0); // 5 and 6 were said between them
  expect(unheardOf(SAID, [part(1, 7)], "9-0")).toBe(2);
  expect(unheardOf(SAID, [part(1, 7)], "8-0")).toBe(1);
});

it("what one connection left out is missing although another one brought it", () => {
  expect(unheardOf(SAID, [[...part(1, 2), ...part(4, 6)], part(2, 9)], "9-0")).toBe(1);
  expect(unheardOf(SAID, [part(1, 9), [...part(5, 5), ...part(8, 9)]], "9-0")).toBe(2);
});

it("who heard nothing misses all", () => {
  expect(unheardOf(SAID, [], "9-0")).toBe(9);
});
