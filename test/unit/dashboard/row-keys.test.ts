import { describe, expect, it } from "vitest";
import { rowKeys } from "../../../src/dashboard/row-keys.ts";

const NONE = new Map<string, number>();
const ids = (first: number, count: number) => Array.from({ length: count }, (_, index) => `s${first - index}`);

describe("elements of a table whose records come and go", () => {
  it("stay with their record as long as it is shown", () => {
    const before = rowKeys(NONE, ["c", "b", "a"]);
    const after = rowKeys(before, ["d", "c", "b"]);
    expect([after.get("c"), after.get("b")]).toEqual([before.get("c"), before.get("b")]);
  });

  it("show the next record when theirs is gone, so that none is made and none removed", () => {
    let keys = rowKeys(NONE, ids(50, 50));
    const all = new Set(keys.values());
    for (let newest = 60; newest < 1_000; newest += 90) {
      keys = rowKeys(keys, ids(newest, 50));
      expect(new Set(keys.values())).toEqual(all);
    }
  });

  it("are one for each record, also when there are more records than before", () => {
    const before = rowKeys(NONE, ["b", "a"]);
    const after = rowKeys(before, ["e", "d", "c", "b"]);
    expect(new Set(after.values()).size).toBe(4);
    expect([...after.values()]).toContain(before.get("a"));
  });
});
