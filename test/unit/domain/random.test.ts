import { expect, it } from "vitest";
import { Random } from "../../../src/domain/random.ts";

it("a normal number is twelve uniform ones together, and the next one goes on behind them", () => {
  const [at, by] = [new Random(7), new Random(7)];
  for (let draw = 0; draw < 100; draw++) {
    let sum = -6;
    for (let index = 0; index < 12; index++) sum += by.next();
    expect(at.normal()).toBe(sum);
    expect(at.next()).toBe(by.next());
  }
});
