import { describe, expect, it } from "vitest";
import { RateLimit } from "../../../src/server/guards/rate-limit.ts";
import { Random } from "../../support/random.ts";

class Clock {
  ms = 5_000;
  readonly now = (): number => this.ms;
}

function limited(perMinute: number, namesMax?: number): { limit: RateLimit; clock: Clock } {
  const clock = new Clock();
  return { clock, limit: new RateLimit(perMinute, clock.now, namesMax) };
}

describe("the rate limit", () => {
  it("lets exactly its number through at once, counting down, and refuses the next", () => {
    const { limit } = limited(3);
    expect([1, 2, 3].map(() => limit.take("a").remaining)).toEqual([2, 1, 0]);
    expect(limit.take("a")).toMatchObject({ allowed: false, remaining: 0 });
  });

  it("counts each name for itself", () => {
    const { limit } = limited(1);
    expect([limit.take("a"), limit.take("b"), limit.take("a")].map(({ allowed }) => allowed)).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("does not count what it refuses", () => {
    const { limit, clock } = limited(60);
    for (let request = 0; request < 500; request += 1) limit.take("a");
    clock.ms += 62_000;
    expect(limit.take("a").allowed).toBe(true);
  });

  it("allows again when it said it would, and not a second before", () => {
    for (const perMinute of [1, 2, 7, 60, 1_000]) {
      const { limit, clock } = limited(perMinute);
      for (let round = 0; round < 40; round += 1) {
        clock.ms += 1_700 * (round % 7);
        while (limit.take("a").allowed) continue;
        const { retryAfterS } = limit.take("a");
        expect(retryAfterS).toBeGreaterThan(0);
        clock.ms += (retryAfterS - 1) * 1_000;
        if (retryAfterS > 1) expect(limit.take("a").allowed, `${perMinute} a minute, round ${round}`).toBe(false);
        clock.ms += 1_000;
        expect(limit.take("a").allowed, `${perMinute} a minute, round ${round}`).toBe(true);
      }
    }
  });

  it("never lets much more than its number through in any minute", () => {
    const random = new Random(11);
    const { limit, clock } = limited(100);
    const passed: number[] = [];
    for (let request = 0; request < 20_000; request += 1) {
      clock.ms += Math.floor(random.next() * random.next() * 400);
      if (limit.take("a").allowed) passed.push(clock.ms);
    }
    let most = 0;
    for (let first = 0, last = 0; last < passed.length; last += 1) {
      while ((passed[last] ?? 0) - (passed[first] ?? 0) >= 60_000) first += 1;
      most = Math.max(most, last - first + 1);
    }
    expect(passed.length).toBeGreaterThan(1_000);
    expect(most).toBeLessThanOrEqual(125); // what a burst at the edge of two windows can add to an even stream
  });

  it("forgets a name after two minutes", () => {
    const { limit, clock } = limited(5);
    for (let name = 0; name < 100; name += 1) limit.take(`n${name}`);
    expect(limit.names).toBe(100);
    clock.ms += 120_001;
    limit.take("other");
    expect(limit.names).toBe(1);
  });

  it("holds no more names than it may, whoever comes, and refuses nobody for it", () => {
    const { limit, clock } = limited(5, 1_000);
    for (let name = 0; name < 5_000; name += 1) expect(limit.take(`n${name}`).allowed).toBe(true);
    expect(limit.names).toBe(1_000);
    clock.ms += 60_000;
    for (let name = 0; name < 5_000; name += 1) limit.take(`m${name}`);
    expect(limit.names).toBe(2_000);
  });
});
