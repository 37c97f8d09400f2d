import { describe, expect, it } from "vitest";
import { openCore } from "../../support/core.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const { core } = openCore("debug");

/** Every day from 1970 to the end of 2099. */
const DAYS = Array.from({ length: Math.floor(Date.UTC(2100, 0, 1) / DAY_MS) }, (_, day) => day);

describe("the civil calendar", () => {
  it("knows month and weekday of every day from 1970 to 2099", () => {
    const wrong = DAYS.filter((day) => {
      const date = new Date(day * DAY_MS);
      const month = 12 * date.getUTCFullYear() + date.getUTCMonth();
      return core.monthOf(day) !== month || core.weekdayOf(day) !== date.getUTCDay();
    });
    expect(wrong).toEqual([]);
  });

  it("knows the first day of every month", () => {
    for (let year = 1970; year < 2100; year++) {
      for (let month = 0; month < 12; month++) {
        expect(core.firstDayOf(12 * year + month)).toBe(Date.UTC(year, month, 1) / DAY_MS);
      }
    }
  });

  it("knows when it is half past four in New York, summer or winter, under the law of each year since 1987", () => {
    const clock = new Intl.DateTimeFormat("en-US", {
      timeZone: "America/New_York",
      hour: "numeric",
      minute: "numeric",
      day: "numeric",
      hourCycle: "h23",
    });
    for (const day of DAYS) {
      const ms = core.newYorkTime(day, 16.5) / 1000;
      const year = new Date(day * DAY_MS).getUTCFullYear();
      if (year < 1987 || year > 2036) continue;
      expect((ms - day * DAY_MS) / HOUR_MS).toBeGreaterThanOrEqual(20.5);
      expect(clock.format(ms)).toMatch(/^\d+, 16:30$/);
    }
  });
});
