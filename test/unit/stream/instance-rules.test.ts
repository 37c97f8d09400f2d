import { expect, it } from "vitest";
import { STRATEGIES } from "../../../src/domain/strategies.ts";
import { refusedValues } from "../../../src/stream/instance-rules.ts";

function refused(parameters: Readonly<Record<string, number>>): unknown {
  const type = STRATEGIES.find(({ name }) => name === "moving_average_crossover");
  return type === undefined ? "no such type" : refusedValues(type, parameters);
}

it("parameters that do not fit each other make no instance, one with its default included", () => {
  expect(refused({ fast_length: 50, slow_length: 50 })).toEqual({
    code: "validation_error",
    field: "parameters.fast_length",
    issue: "must be below slow_length of moving_average_crossover, which is 50",
  });
  expect(refused({ slow_length: 5 })).toMatchObject({
    issue: "must be above fast_length of moving_average_crossover, which is 12, its default",
  });
  expect(refused({ fast_length: 50, slow_length: 51 })).toBeNull();
  expect(refused({})).toBeNull();
});
