// The SQL port: what the binding underneath would do in silence is refused or put right.
import { describe, expect, it } from "vitest";
import type { SqlDriver, SqlFaultKind, SqlValue } from "../../../src/store/sqlite/driver.ts";
import { SqlError } from "../../../src/store/sqlite/driver.ts";
import { openLibsql } from "../../../src/store/sqlite/libsql-driver.ts";

function table(): SqlDriver {
  const driver = openLibsql(":memory:");
  driver.script("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c BLOB, d REAL) STRICT");
  return driver;
}

const INSERT = "INSERT INTO t VALUES (?, ?, ?, ?)";

function kindOf(work: () => unknown): SqlFaultKind | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof SqlError) return error.kind;
    throw error;
  }
}

describe("the SQL port", () => {
  it("gives rows that hold their columns and nothing else, whichever way they are read", () => {
    const driver = table();
    expect(driver.run(INSERT, [1, "x", new Uint8Array([1, 2]), 0.1])).toBe(1);
    driver.run(INSERT, [2, null, null, null]);
    const rows = [
      { a: 1, b: "x", c: Buffer.from([1, 2]), d: 0.1 },
      { a: 2, b: null, c: null, d: null },
    ];
    const sql = "SELECT * FROM t ORDER BY a";
    expect(driver.all(sql)).toEqual(rows);
    expect([...driver.iterate(sql)]).toEqual(rows);
    expect(driver.get(sql)).toEqual(rows[0]);
    expect(driver.get("SELECT * FROM t WHERE a = ?", [3])).toBeUndefined();
  });

  it("gives every row of a long answer", () => {
    const driver = table();
    for (let a = 0; a < 301; a++) driver.run(INSERT, [a, null, null, a / 3]);
    expect(driver.all("SELECT a FROM t ORDER BY a").map((row) => row["a"])).toEqual(
      Array.from({ length: 301 }, (_, a) => a),
    );
  });

  it("keeps the text and the numbers that it takes bit for bit", () => {
    const driver = table();
    const numbers = [0.1, -1e-308, Number.MAX_VALUE, 2 ** 53 - 1, 1 / 3];
    numbers.forEach((d, a) => driver.run(INSERT, [a, `\u{1F680} ' " \n ${d}`, null, d]));
    const rows = driver.all("SELECT b, d FROM t ORDER BY a");
    expect(rows).toEqual(numbers.map((d) => ({ b: `\u{1F680} ' " \n ${d}`, d })));
  });

  it.each<[string, readonly SqlValue[], SqlFaultKind]>([
    ["a value too few", [1, null, null], "other"],
    ["a value too many", [1, null, null, null, null], "other"],
    ["a boolean", [1, true as unknown as SqlValue, null, null], "other"],
    ["text with U+0000", [1, "a\0b", null, null], "unfit"],
    ["a lone surrogate", [1, "\ud800", null, null], "unfit"],
    ["NaN", [1, null, null, Number.NaN], "unfit"],
    ["an infinity", [1, null, null, Infinity], "unfit"],
    ["text for a number", [1, null, null, "x"], "constraint"],
  ])("refuses %s and changes nothing", (_, params, kind) => {
    const driver = table();
    expect(kindOf(() => driver.run(INSERT, params))).toBe(kind);
    expect(driver.get("SELECT count(*) AS n FROM t")).toEqual({ n: 0 });
  });

  it("tells a rule of the tables from a mistake in the SQL", () => {
    const driver = table();
    driver.run(INSERT, [1, null, null, null]);
    expect(kindOf(() => driver.run(INSERT, [1, null, null, null]))).toBe("constraint");
    expect(kindOf(() => driver.all("SELECT nothing FROM t"))).toBe("other");
  });

  it("takes a transaction back as a whole when it throws", () => {
    const driver = table();
    const work = (): void =>
      driver.transaction(() => {
        driver.run(INSERT, [1, null, null, null]);
        throw new RangeError("no");
      });
    expect(work).toThrow(RangeError);
    expect(driver.inTransaction).toBe(false);
    expect(driver.get("SELECT count(*) AS n FROM t")).toEqual({ n: 0 });
  });
});
