// The commands `import` and `data` as a user runs them, with a real redis-server and a real kill -9.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Redis } from "ioredis";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { verify } from "../../../src/history/history.ts";
import { runCommand, startCommand, type Ended } from "../../support/command.ts";
import { HistoryFolder, rowsOf } from "../../support/history-folder.ts";
import { RedisServer } from "../../support/redis-server.ts";

let folder: HistoryFolder;

beforeEach(() => {
  folder = new HistoryFolder();
});
afterEach(() => {
  folder.remove();
});

function run(...args: readonly string[]): Promise<Ended> {
  return runCommand(folder.path, args);
}

function bars(count: number, price = (at: number): number => 100 + (at % 10)): string {
  const rows = Array.from(
    { length: count },
    (_, at) => `${1.6e12 + at * 60_000},${price(at)},200,1,${price(at)},${at % 7}`,
  );
  return ["timestamp_ms,open,high,low,close,volume", ...rows].join("\n");
}

describe("strategy-engine import", () => {
  it("stores a file, says so again when it is there already, and refuses what contradicts it", async () => {
    folder.file("btcusd.csv.gz", bars(1_000));
    const first = await run("import", "btcusd.csv.gz");
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toContain("BTCUSD@bar-1m  1,000 rows  2020-09-13 12:26 .. 2020-09-14 05:05: 1,000 new");
    expect((await run("import", "btcusd.csv.gz")).out).toContain(": 0 new, 1,000 there already");
    folder.file(
      "btcusd.csv",
      bars(1_000, (at) => 50 + (at % 10)),
    );
    const other = await run("import", "btcusd.csv");
    expect(other.code).toBe(1);
    expect(other.err).toContain("1000 rows contradict what BTCUSD@bar-1m holds");
    expect((await run("import", "--replace", "btcusd.csv")).out).toContain("1,000 replaced");
  });

  it("makes the folders of data for their owner only", async () => {
    folder.file("btcusd.csv", bars(10));
    const data = join(folder.path, "made", "here");
    expect(await runCommand(folder.path, ["import", "btcusd.csv"], { DATA_DIR: data })).toMatchObject({ code: 0 });
    const modes = [join(folder.path, "made"), data, join(data, "history")].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o700, 0o700, 0o700]);
  });

  it("gives a report as JSON, with what was left out", async () => {
    folder.file("x.csv", `${bars(10)}\n1,2,3`);
    const { code, out } = await run("import", "--json", "--dry-run", "x.csv");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      dry_run: true,
      failures: [],
      imported: [
        {
          source: "x.csv",
          rows: 11,
          badRows: 1,
          notes: [{ line: 12 }],
          stored: [{ added: 10, dataset: { id: "X@bar-1m" } }],
        },
      ],
    });
    expect(folder.files()).toEqual([]);
  });

  it("reads what other programs keep in Redis", async () => {
    const redis = await RedisServer.create();
    const client = new Redis(redis.url);
    try {
      const rows = Array.from({ length: 50 }, (_, at) => ({
        timestamp: 1.6e12 + at * 60_000,
        open: 5,
        high: 6,
        low: 4,
        close: 5,
        volume: 1,
      }));
      await client.set("market_data:BTCUSD:history", JSON.stringify(rows));
      await client.set("market_data:BAD:history", "hello");
      const { code, err, out } = await runCommand(folder.path, ["import", "--redis", "BTCUSD", "BAD", "NONE"], {
        REDIS_URL: redis.url,
      });
      expect(out).toContain("BTCUSD@bar-1m  50 rows");
      expect(folder.dataset("BTCUSD@bar-1m")).toMatchObject({ rows: 50, source: "redis" });
      expect(err).toContain("redis: it is no JSON document");
      expect(err).toContain("NONE: Redis has no market_data:NONE:history");
      expect(code).toBe(1);
    } finally {
      client.disconnect();
      await redis.remove();
    }
    const away = await runCommand(folder.path, ["import", "--redis", "BTCUSD"], { REDIS_URL: redis.url });
    expect(away.err).toContain("does not answer within 3 s; start it, or correct REDIS_URL");
    expect((await run("import", "--redis", "BTCUSD")).err).toContain("REDIS_URL is not set");
  });

  it("makes history of the segments of a journal", async () => {
    const at = (index: number): number => 1_600_000_000 + 60 * index;
    const ticks = Array.from({ length: 100 }, (_, index) => [
      { symbol: "ETHUSD", price: 100 + index, volume: 2, timestamp: at(index) },
      {
        symbol: "ETHUSD",
        kind: "quote",
        venue: "x",
        bid: 99,
        ask: 101,
        bid_size: 3,
        ask_size: 4,
        timestamp: at(index),
      },
      { kind: "macro", series: "WALCL", value: index, unit: "usd_mn", timestamp: at(index) },
    ]);
    folder.file(
      "ticks.ndjson",
      ticks
        .flat()
        .map((tick) => JSON.stringify(tick))
        .join("\n"),
    );
    const before = Date.now() * 1_000;
    expect((await run("import", "--journal", "ticks.ndjson")).code).toBe(0);
    const imported = await run("import", join("journal", `${"0".repeat(20)}.journal`));
    expect(imported).toMatchObject({ code: 0, err: "" });
    expect(folder.history.list().map(({ id, rows }) => [id, rows])).toEqual([
      ["ETHUSD@quote@X", 100],
      ["ETHUSD@trade", 100],
      ["WALCL@macro", 100],
    ]);
    const first = (id: string): readonly number[] => rowsOf(folder.history.read(folder.dataset(id)))[0] ?? [];
    expect(first("ETHUSD@trade")).toEqual([1.6e15, 1.6e15, 100, 2]);
    expect(first("ETHUSD@quote@X")).toEqual([1.6e15, 1.6e15, 99, 101, 3, 4]);
    const [time, known = 0, value] = first("WALCL@macro");
    expect([time, value]).toEqual([1.6e15, 0]);
    expect(known).toBeGreaterThan(before); // a macro value is known when the engine saw it
  });

  it("waits for nobody: while one process writes a dataset, another is told so", async () => {
    folder.file("x.csv", bars(10));
    await run("import", "x.csv");
    writeFileSync(join(folder.path, "history", `X@bar-1m.${process.pid}.part`), "");
    folder.file("x.csv", bars(20));
    const { code, err } = await run("import", "x.csv");
    expect(code).toBe(1);
    expect(err).toContain(`process ${process.pid} is writing X@bar-1m at this moment; import again when it has ended`);
    expect(folder.dataset("X@bar-1m").rows).toBe(10);
  });

  it("explains options that do not go together", async () => {
    folder.file("x.csv", bars(2));
    expect((await run("import", "--journal", "--replace", "x.csv")).err).toContain(
      "--journal does not go with --replace",
    );
    expect((await run("import", "--kind", "tick", "x.csv")).err).toContain("Allowed choices are trade, quote, bar");
    expect((await run("import", "none.csv")).err).toBe("strategy-engine: no such file: none.csv\n");
    expect((await runCommand(folder.path, ["import", "x.csv"], { DATA_DIR: "" })).err).toContain("DATA_DIR is empty");
  });

  it("killed at any moment leaves the old dataset or the new one, and no trace after the next import", async () => {
    folder.file("x.csv", bars(500));
    await run("import", "x.csv");
    const old = folder.dataset("X@bar-1m");
    folder.file("x.csv", bars(300_000));
    let killed = 0;
    for (const afterMs of [250, 400, 550, 700, 900, 1_200, 1_500]) {
      const { child, ended } = startCommand(folder.path, ["import", "x.csv"]);
      const timer = setTimeout(() => child.kill("SIGKILL"), afterMs);
      const { code } = await ended;
      clearTimeout(timer);
      if (code === null) killed++;
      const history = folder.open();
      const dataset = history.list().find(({ id }) => id === "X@bar-1m");
      expect(history.faults()).toEqual([]);
      expect([500, 300_000]).toContain(dataset?.rows);
      if (dataset?.rows === 500) expect(dataset).toEqual(old);
      expect(dataset ? verify(history, dataset).damage : "gone").toBeNull();
    }
    expect(killed).toBeGreaterThan(0);
    expect((await run("import", "x.csv")).code).toBe(0);
    expect(folder.files()).toEqual(["X@bar-1m.columns"]);
  });
});

describe("strategy-engine data", () => {
  it("makes a synthetic market, the same for the same seed, and goes on with it", async () => {
    const args = ["data", "synthetic", "--seed", "7", "--interval-ms", "1h", "--symbols", "aaa", "BBB"];
    expect((await run(...args, "--days", "10")).code).toBe(0);
    const before = folder.history.list();
    expect(before.map(({ id, rows, synthetic }) => [id, rows, synthetic])).toEqual([
      ["AAA@bar-1h@synthetic", 240, true],
      ["BBB@bar-1h@synthetic", 240, true],
    ]);
    expect((await run(...args, "--days", "10")).code).toBe(0);
    expect(folder.history.list()).toEqual(before);
    expect((await run(...args, "--days", "20")).code).toBe(0);
    expect(folder.history.list()[0]?.rows).toBe(480);
    const other = await run(
      "data",
      "synthetic",
      "--seed",
      "8",
      "--days",
      "1",
      "--interval-ms",
      "1h",
      "--symbols",
      "AAA",
    );
    expect(other.err).toContain("another seed needs other symbols, or delete AAA@bar-1h@synthetic");
  });

  it("lists, shows, resamples, exports, checks and deletes", async () => {
    expect((await run("data", "list")).out).toContain("no history yet; strategy-engine import FILE stores some");
    folder.file("btcusd.csv", bars(3_000));
    await run("import", "btcusd.csv");
    expect((await run("data", "list")).out).toMatch(/^BTCUSD@bar-1m +3,000 +2020-09-13 12:26/m);
    const shown = await run("data", "show", "btcusd");
    expect(shown.out).toMatch(/^rows +3,000$/m);
    expect(shown.out).toMatch(/[▁▂▃▄▅▆▇█]{60}/);
    expect((await run("data", "resample", "BTCUSD", "--to", "1h")).out).toContain("BTCUSD@bar-1h  51 rows");
    expect((await run("data", "resample", "BTCUSD@bar-1h", "--to", "90m")).err).toContain("is no multiple of");
    expect((await run("data", "show", "BTCUSD")).err).toContain(
      "has 2 datasets; name one: BTCUSD@bar-1h, BTCUSD@bar-1m",
    );
    const listed = JSON.parse((await run("data", "list", "--json")).out) as {
      datasets: { id: string; hash: string }[];
    };
    expect(listed.datasets.map(({ id }) => id)).toEqual(["BTCUSD@bar-1h", "BTCUSD@bar-1m"]);
    for (const file of ["out.csv", "out.csv.gz", "out.parquet"]) {
      expect((await run("data", "export", "BTCUSD@bar-1m", file)).out).toBe(`${file}: 3,000 rows\n`);
      expect((await run("data", "export", "BTCUSD@bar-1m", file)).err).toContain("exists; use --force");
      await run("import", file, "--symbol", `FROM.${file}`);
      expect(folder.dataset(`FROM.${file.toUpperCase()}@bar-1m`).hash).toBe(listed.datasets[1]?.hash);
    }
    const part = await run(
      "data",
      "export",
      "BTCUSD@bar-1m",
      "part.csv",
      "--from",
      "2020-09-14",
      "--to",
      "2020-09-14T01:00",
    );
    expect(part.out).toBe("part.csv: 60 rows\n");
    expect((await run("data", "delete", "BTCUSD@bar-1h", "nothing")).code).toBe(1);
    expect(folder.history.list().some(({ id }) => id === "BTCUSD@bar-1h")).toBe(false);
  });

  it("finds a single wrong bit, and says which dataset is whole", async () => {
    folder.file("a.csv", bars(100));
    folder.file("b.csv", bars(100));
    await run("import", "a.csv", "b.csv");
    expect(await run("data", "check")).toMatchObject({
      code: 0,
      out: "A@bar-1m: 100 rows, whole\n  15 bars without volume\nB@bar-1m: 100 rows, whole\n  15 bars without volume\n",
    });
    const path = folder.history.pathOf("A@bar-1m");
    const bytes = readFileSync(path);
    bytes[1_000] = (bytes[1_000] ?? 0) ^ 4;
    writeFileSync(path, bytes);
    const { code, out } = await run("data", "check", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ datasets: [{ id: "A@bar-1m" }, { id: "B@bar-1m", damage: null }] });
    expect(out).toContain("the checksum of block 1 of 1 is wrong; delete the dataset and import it again");
    writeFileSync(path, bytes.subarray(0, 500));
    expect((await run("data", "check")).err).toContain(
      `${join(folder.path, "history", "A@bar-1m.columns")}: its end is missing`,
    );
  });
});
