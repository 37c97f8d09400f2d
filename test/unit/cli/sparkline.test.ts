import { expect, it } from "vitest";
import { sparkline } from "../../../src/cli/sparkline.ts";

it("draws a curve between its lowest and highest point", () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8)).toBe("▁▂▃▄▅▆▇█");
  expect(sparkline([1, 1, 1], 8)).toBe("▄▄▄");
});

it("is no wider than asked for, and blank where nothing is known", () => {
  expect(
    sparkline(
      Float64Array.from({ length: 1_000 }, (_, index) => index),
      40,
    ),
  ).toHaveLength(40);
  expect(sparkline([1, Number.NaN, 2], 3)).toBe("▁ █");
  expect(sparkline([], 10)).toBe("");
});
