import { expect, it } from "vitest";
import { isBehind } from "../../../src/bus/stream-id.ts";

it("ids of a stream are compared as two whole numbers, also beyond what a float keeps", () => {
  expect(isBehind("10-0", "9-5")).toBe(true);
  expect(isBehind("9-10", "9-9")).toBe(true);
  expect(isBehind("9-9", "9-9")).toBe(false);
  expect(isBehind("9-9", "9-10")).toBe(false);
  expect(isBehind("18446744073709551615-1", "18446744073709551614-9")).toBe(true);
});
