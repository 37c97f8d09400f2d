import { expect, it } from "vitest";
import { columns, count, mebibytes, styled } from "../../../src/cli/text.ts";

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

it("writes numbers for people", () => {
  expect([count(1234567), mebibytes(300 * 1024 ** 2), mebibytes(3.5 * 1024 ** 3)]).toEqual([
    "1,234,567",
    "300 MiB",
    "3.5 GiB",
  ]);
});
