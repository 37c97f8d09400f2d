// Group commit without its thread: each commit of a group is all or nothing by itself.
import { describe, expect, it } from "vitest";
import { type Commit, commitGroup } from "../../../src/store/sqlite/commits.ts";
import type { SqlDriver } from "../../../src/store/sqlite/driver.ts";
import { openLibsql } from "../../../src/store/sqlite/libsql-driver.ts";

function table(): SqlDriver {
  const driver = openLibsql(":memory:");
  driver.script("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB) STRICT");
  return driver;
}
function put(...values: readonly number[]): Commit {
  return values.map((a) => ({ sql: "INSERT INTO t (a) VALUES (?)", params: [a] }));
}
function putLarge(a: number, bytes: number): Commit {
  return [{ sql: "INSERT INTO t VALUES (?, ?)", params: [a, new Uint8Array(bytes)] }];
}
function kept(driver: SqlDriver): unknown {
  return driver.all("SELECT a FROM t ORDER BY a").map((row) => row["a"]);
}

describe("a group of commits", () => {
  it("keeps all of them when nothing is wrong", () => {
    const driver = table();
    expect(commitGroup(driver, [put(1, 2), put(3)])).toEqual([null, null]);
    expect(kept(driver)).toEqual([1, 2, 3]);
  });

  it("takes back all that a refused one had begun and keeps its neighbours", () => {
    const driver = table();
    const outcomes = commitGroup(driver, [put(1), put(2, 3, 1), put(4)]);
    expect(outcomes).toMatchObject([null, { kind: "constraint" }, null]);
    expect(kept(driver)).toEqual([1, 4]);
  });

  it("lets a later one see what an earlier one of the group has stored", () => {
    const driver = table();
    expect(commitGroup(driver, [put(1), put(1)])).toMatchObject([null, { kind: "constraint" }]);
  });

  it("keeps the small ones when a large one does not fit any more", () => {
    const driver = table();
    driver.script("PRAGMA max_page_count = 20");
    const outcomes = commitGroup(driver, [put(1), putLarge(2, 200_000), put(3)]);
    expect(outcomes).toMatchObject([null, { kind: "full" }, null]);
    expect(kept(driver)).toEqual([1, 3]);
    driver.script("PRAGMA max_page_count = 1000");
    expect(commitGroup(driver, [putLarge(2, 200_000)])).toEqual([null]);
  });

  it("refuses a mistaken statement without harm to the others", () => {
    const driver = table();
    const outcomes = commitGroup(driver, [put(1), [{ sql: "INSERT INTO nowhere VALUES (1)", params: [] }], put(2)]);
    expect(outcomes).toMatchObject([null, { kind: "other" }, null]);
    expect(kept(driver)).toEqual([1, 2]);
  });
});
