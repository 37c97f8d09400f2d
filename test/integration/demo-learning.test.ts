import { expect, it } from "vitest";
import { live } from "../support/demo-learning/live.ts";

it("the engine of the learning demonstration keeps its promises: it learns, says why, and its journal learns the same", async () => {
  const { promises } = await live();
  expect(promises.filter(({ kept }) => !kept)).toEqual([]);
});
