// Limits as people write them, when one is reached and when that is over, and the days in which losses are counted.
import { describe, expect, it } from "vitest";
import { Days } from "../../../../src/manage/risk/day.ts";
import { DEFAULT_LIMITS, limitView, readLimits, type RiskLimit } from "../../../../src/manage/risk/limits.ts";
import { standing, type Standing } from "../../../../src/manage/risk/limit-state.ts";

function read(...given: Parameters<typeof readLimits>[0]): readonly RiskLimit[] {
  const found = readLimits(given);
  if (!found.ok) throw new Error(JSON.stringify(found.failure));
  return found.value;
}
function issues(...given: Parameters<typeof readLimits>[0]): readonly string[] {
  const found = readLimits(given);
  return found.ok || found.failure.code !== "validation_error"
    ? []
    : found.failure.issues.map(({ field, issue }) => `${field} ${issue}`);
}

describe("a list of limits", () => {
  it("is read into canonical words, with what was left out", () => {
    const [loss, gross] = read(
      { scope: "book", metric: "daily_loss_limit", limit: -500 },
      { scope: "family", name: "statistical_arbitrage", metric: "gross_exposure", limit: 1_000, warn: 800 },
    );
    expect(loss).toEqual({
      scope: "book",
      name: null,
      metric: "daily_loss",
      limit: -500,
      warn: null,
      action: "pause",
      level: "hard",
      hysteresis: 0.1,
    });
    expect(gross).toMatchObject({ name: "statistical", warn: 800, action: "alert" });
  });

  it("is refused with every fault in it", () => {
    expect(
      issues(
        { scope: "book", metric: "daily_loss", limit: 500 },
        { scope: "book", metric: "luck", limit: 1 },
        { scope: "symbol", name: "not a symbol", metric: "gross_exposure", limit: 1, warn: 2 },
        { scope: "strategy", metric: "var_95", limit: 1 },
        { scope: "book", metric: "price_collar_bps", limit: 1, action: "pause", warn: 1 },
        { scope: "book", name: "mine", metric: "leverage", limit: 1 },
      ).map((issue) => issue.slice(0, 44)),
    ).toEqual([
      "limits[0].limit must be from -9000000000000 ",
      "limits[1].metric must be one of gross_exposu",
      "limits[2].warn must be reached before the li",
      "limits[2].name must be a symbol, or be left ",
      "limits[3].scope must be book for var_95",
      "limits[4].warn is not possible for price_col",
      "limits[4].action must be alert for price_col",
      "limits[5].name must be left out: there is on",
    ]);
    const twice = { scope: "symbol", name: "btcusd", metric: "leverage", limit: 1 } as const;
    expect(issues(twice, { ...twice, name: "BTCUSD" })).toEqual([
      "limits[1] is the second one for symbol:BTCUSD:leverage",
    ]);
  });

  it("of the engine itself is one that could have been sent", () => {
    expect(read(...DEFAULT_LIMITS.map(limitView))).toEqual(DEFAULT_LIMITS);
  });
});

describe("the standing of a limit", () => {
  const course = (limit: RiskLimit, values: readonly number[]): readonly Standing[] => {
    let now: Standing = "clear";
    return values.map((value) => (now = standing(now, limit, value)));
  };

  it("is warned, breached, and taken back only below the stated share", () => {
    const [limit] = read({ scope: "book", metric: "gross_exposure", limit: 100, warn: 80, hysteresis: 0.1 });
    if (limit === undefined) throw new Error("no limit");
    expect(course(limit, [79, 80, 100, 101, 95, 90, 89, 73, 72, 71])).toEqual([
      "clear",
      "warned",
      "warned",
      "breached",
      "breached",
      "breached",
      "warned",
      "warned",
      "warned",
      "clear",
    ]);
  });

  it("of a loss is reached when the loss is as large, and a gain is none", () => {
    const [limit] = read({ scope: "book", metric: "daily_loss", limit: -100, hysteresis: 0.5 });
    if (limit === undefined) throw new Error("no limit");
    expect(course(limit, [500, -99, -100, -51, -49])).toEqual(["clear", "clear", "breached", "breached", "clear"]);
  });

  it("of a limit of zero is breached by anything at all, and over with nothing", () => {
    const [limit] = read({ scope: "book", metric: "daily_loss", limit: 0 });
    if (limit === undefined) throw new Error("no limit");
    expect(course(limit, [0, -0.01, 0])).toEqual(["clear", "breached", "clear"]);
  });
});

describe("the days of a timezone", () => {
  const at = (iso: string): number => Date.parse(iso) * 1000;

  it("begin at the local midnight", () => {
    const tokyo = new Days("Asia/Tokyo");
    expect(tokyo.of(at("2026-11-20T14:59:59.999Z"))).toBe(tokyo.of(at("2026-11-20T00:00:00Z")));
    expect(tokyo.of(at("2026-11-20T15:00:00Z"))).toBe(tokyo.of(at("2026-11-20T14:59:59.999Z")) + 1);
    expect(new Days("UTC").of(at("1970-01-02T00:00:00Z"))).toBe(1);
  });

  it("have 23 hours when clocks are put forward and 25 when they are put back", () => {
    for (const [zone, day, hours] of [
      ["Europe/Berlin", "2026-03-29", 23],
      ["Europe/Berlin", "2026-10-25", 25],
      ["America/New_York", "2026-03-08", 23],
      ["America/New_York", "2026-11-01", 25],
    ] as const) {
      const days = new Days(zone);
      const noon = at(`${day}T17:00:00Z`);
      const own = days.of(noon);
      let minutes = 0;
      for (let minute = -30 * 60; minute < 30 * 60; minute++) if (days.of(noon + minute * 60e6) === own) minutes++;
      expect([zone, day, minutes]).toEqual([zone, day, hours * 60]);
    }
  });

  it("begin with the first instant behind a midnight that does not exist", () => {
    const beirut = new Days("Asia/Beirut"); // clocks go from 24:00 to 01:00
    const before = beirut.of(at("2026-03-28T21:59:59Z"));
    expect(beirut.of(at("2026-03-28T22:00:00Z"))).toBe(before + 1);
  });

  it("are the same whichever way the clock goes", () => {
    const days = new Days("Australia/Sydney");
    const times = Array.from({ length: 800 }, (_, hour) => at("2026-03-20T00:00:00Z") + hour * 3_600e6);
    const forward = times.map((time) => days.of(time));
    const back = times.toReversed().map((time) => days.of(time));
    expect(back.toReversed()).toEqual(forward);
    expect(new Set(forward).size).toBe(34);
  });
});
