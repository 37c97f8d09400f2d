// Names that nothing reads: that the lists of those which are read are whole, and which name was probably meant.
import { expect, it } from "vitest";
import {
  limitUnread,
  meantBy,
  meantWords,
  parameterUnread,
  STRATEGY_LIMITS,
  unread,
  unreadLimits,
  unreadParameters,
} from "../../../src/domain/unread.ts";
import { riskLimitIssues } from "../../../src/manage/risk-limits.ts";
import { TRADING } from "../../../src/research/request.ts";
import { BOUNDS, TRADING_LIMITS } from "../../../src/simulation/trading-limits.ts";

it("knows every limit that is judged, and no other", () => {
  const judged = riskLimitIssues(Object.fromEntries(STRATEGY_LIMITS.map((name) => [name, "none"])));
  expect(judged.map(({ field }) => field).toSorted()).toEqual(
    STRATEGY_LIMITS.map((name) => `risk_limits.${name}`).toSorted(),
  );
  expect(unreadLimits(BOUNDS)).toEqual([]);
});

it("knows every parameter that the trader reads", () => {
  expect(unreadParameters({ ...TRADING, ...Object.fromEntries(TRADING_LIMITS.map((name) => [name, 1])) }, [])).toEqual(
    [],
  );
});

it("names what nothing reads, and what was probably meant", () => {
  const limits = unreadLimits({ daily_los_limit: -5, max_drawdown: -0.1, owner: "me" });
  expect(limits.map(limitUnread)).toEqual([
    "risk_limits.daily_los_limit is no limit and does nothing; perhaps daily_loss_limit is meant",
    "risk_limits.owner is no limit and does nothing",
  ]);
  expect(meantWords(limits)).toEqual({ did_you_mean: { daily_los_limit: "daily_loss_limit" } });
  expect(meantWords(limits.slice(1))).toEqual({});
  expect(unreadParameters({ windw: 20, fee_bp: 3, window: 1 }, [["window"]]).map(parameterUnread)).toEqual([
    "the parameter windw is given and nothing reads it; perhaps window is meant",
    "the parameter fee_bp is given and nothing reads it; perhaps fee_bps is meant",
  ]);
});

it("reads of several spellings the first that is given, and bars of an own length for no code", () => {
  const bands = [["oversold", "oversold_threshold"]];
  const unreadOf = (given: object, declared: readonly (readonly string[])[] = bands) =>
    unreadParameters(given, declared).map(({ name }) => name);
  expect([unreadOf({ oversold: 25 }), unreadOf({ oversold_threshold: 25 })]).toEqual([[], []]);
  expect(unreadOf({ oversold_threshold: 20, oversold: 25 })).toEqual(["oversold_threshold"]);
  expect(unreadOf({ oversold_threshold: 20, oversold: 25 }, [...bands, ["oversold_threshold"]])).toEqual([]);
  expect([unreadOf({ bar_ms: 60_000 }), unreadOf({ bar_ms: 60_000 }, [["bar_ms"]])]).toEqual([["bar_ms"], []]);
});

it("takes no name for another one that shares hardly a letter with it", () => {
  const known = ["status", "q", "limit", "tp"];
  const meant = unread(Object.fromEntries(["id", "x", "to", "ts", "Limit", "statsu"].map((name) => [name, 1])), known);
  expect(meant.map(({ name, meant: by }) => [name, by])).toEqual([
    ["id", null],
    ["x", null],
    ["to", "tp"],
    ["ts", "tp"],
    ["Limit", "limit"],
    ["statsu", "status"],
  ]);
  expect(meantBy("a".repeat(20), [`${"a".repeat(14)}${"b".repeat(6)}`])).toBeNull();
});

it("compares a name with a few hundred, however many arguments an author has", () => {
  const others = (most: number): readonly string[] => Array.from({ length: most }, (_, n) => `argument_${n}`);
  const meant = (most: number): readonly (string | null)[] =>
    unreadParameters(
      { windw: 20 },
      [...others(most), "window"].map((name) => [name]),
    ).map((one) => one.meant);
  expect([meant(200), meant(4_000)]).toEqual([["window"], [null]]);
});

it("names no more than a few, and of a long name its beginning", () => {
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`${n}${"x".repeat(90)}`, 1]));
  const found = unreadLimits(many);
  expect([found.length, Math.max(...found.map(({ name }) => name.length))]).toEqual([20, 64]);
});
