import { expect, it } from "vitest";
import { bar, columns, count, harmless, leftOf, mebibytes, styled } from "../../../src/cli/text.ts";

it("aligns columns and leaves the last one as it is", () => {
  expect(
    columns([
      ["a", "bb", "c"],
      ["aaa", "b", "cc  "],
    ]),
  ).toBe("a    bb  c\naaa  b   cc");
});

it("writes no colour codes where there is no terminal", () => {
  expect(styled("red", "text", { isTTY: false } as NodeJS.WriteStream)).toBe("text");
});

it("writes colour codes on a terminal that has them", () => {
  const terminal = { isTTY: true, hasColors: () => true } as unknown as NodeJS.WriteStream;
  expect(styled("red", "text", terminal)).toContain("\u001b[31m");
});

it("keeps a row one line, whatever its cells hold", () => {
  expect(columns([["a\nb\t", "\u001b[2Jc"]])).toBe("a\\u000ab\\u0009  \\u001b[2Jc");
});

it("lets no text of others steer a terminal, and its own colours alone on one that has them", () => {
  const terminal = { isTTY: true, hasColors: () => true } as unknown as NodeJS.WriteStream;
  const file = { isTTY: false } as NodeJS.WriteStream;
  const text = `${styled("red", "no", terminal)}\t\u001b[2J\u001b[8m\u009b8m\u202e\r\u2028\n`;
  const codes = "\\u001b[2J\\u001b[8m\\u009b8m\\u202e\\u000d\\u2028\n";
  expect(harmless(text, terminal)).toBe(`\u001b[31mno\u001b[39m\t${codes}`);
  expect(harmless(text, file)).toBe(`\\u001b[31mno\\u001b[39m\t${codes}`);
});

it("writes numbers for people", () => {
  expect([count(1234567), mebibytes(300 * 1024 ** 2), mebibytes(3.5 * 1024 ** 3)]).toEqual([
    "1,234,567",
    "300 MiB",
    "3.5 GiB",
  ]);
});

it("draws how far something is, and what is left", () => {
  expect(bar(0.5, 9_100)).toBe(`${"█".repeat(12)}${"░".repeat(12)}  50 %  10 s left`);
  expect(bar(0.1, 270_000)).toContain(" 10 %  5 min left");
  expect(bar(0.001, 59_940_000)).toContain("  0 %  16 h 39 min left");
  expect([bar(0.3, null), bar(1, 9_000), bar(1.2, 9_000)].join()).not.toContain("left");
  expect(bar(1.2, 0)).toContain("100 %");
});

it("guesses what is left from the stretch that it saw, once there is something to guess from", () => {
  expect(leftOf(0.75, 0.5, 10_000)).toBe(10_000);
  expect(leftOf(0.5, 0, 4_000)).toBe(4_000);
  expect([leftOf(0.5, 0, 900), leftOf(0.5, 0.5, 60_000), leftOf(0, 0, 60_000)]).toEqual([null, null, null]);
});
