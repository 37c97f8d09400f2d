// Files as they should not be, given to `strategy-engine import`: each gets a sentence that names the file, the line where
// there is one, and what to do; none gets a stack trace, and none takes more memory than a good one.
import { mkdirSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand, type Ended } from "../../support/command.ts";
import { HistoryFolder } from "../../support/history-folder.ts";
import { runMeasured } from "../../support/peak-memory.ts";

const GIB = 2 ** 30;
const HEADER = "timestamp_ms,open,high,low,close,volume\n";
const BEGIN_MS = 1.6e12;
let folder: HistoryFolder;

beforeAll(() => {
  folder = new HistoryFolder();
});
afterAll(() => {
  folder.remove();
});

function run(...args: readonly string[]): Promise<Ended> {
  return runCommand(folder.path, args);
}
function bar(minute: number, close: string | number = 100, volume = 5): string {
  return `${BEGIN_MS + minute * 60_000},100,101,99,${close},${volume}\n`;
}
function bars(count: number): string {
  return Array.from({ length: count }, (_, minute) => bar(minute)).join("");
}

describe("a file that is stored all the same tells what is odd about it", () => {
  const cases: readonly (readonly [what: string, name: string, rows: string, remarks: readonly string[]])[] = [
    [
      "a hole",
      "holes.csv",
      bars(300).split("\n").toSpliced(100, 50).join("\n"),
      ["holes.csv:102: HOLES@bar-1m: 50 bars are missing, the first hole is before this row; import the missing bars"],
    ],
    [
      "bars without volume",
      "volumes.csv",
      Array.from({ length: 90 }, (_, minute) => bar(minute, 100, minute % 3 === 1 ? 0 : 5)).join(""),
      ["volumes.csv:3: VOLUMES@bar-1m: 30 bars have no volume while others have some; where that is a fault"],
    ],
    [
      "no volume at all",
      "silent.csv",
      Array.from({ length: 90 }, (_, minute) => bar(minute, 100, 0)).join(""),
      ["silent.csv: SILENT@bar-1m: no bar has a volume", "if the file has some, call their column volume"],
    ],
    [
      "rows that stand twice",
      "twice.csv",
      bars(50) + bar(49) + bar(50),
      ["51 rows", "twice.csv:52: TWICE@bar-1m: 1 row has the time of another one; the first of each was kept, nothing"],
    ],
    [
      "rows that stand twice and differ",
      "differ.csv",
      bars(50) + bar(7, 99.5),
      ["differ.csv:52: DIFFER@bar-1m: 1 row has the time", "and 1 says something else than it: correct the file"],
    ],
    [
      "rows in disorder",
      "order.csv",
      Array.from({ length: 50 }, (_, minute) => bar(49 - minute)).join(""),
      ["order.csv:3: ORDER@bar-1m: 49 rows come before an earlier time; they were put into order"],
    ],
    [
      "prices that are none",
      "prices.csv",
      bars(40) + bar(40, "NaN") + bar(41, "Infinity") + bar(42, -3) + bar(43, 0) + bar(44, "ten") + bar(45, 1e300),
      [
        "6 left out",
        'prices.csv:42: close must be a number, found "NaN"',
        "prices.csv:43: close must be a positive finite number (1e-12 to 1e15), found Infinity",
        "prices.csv:44: close must be a positive finite number (1e-12 to 1e15), found -3",
        "prices.csv:45: close must be a positive finite number (1e-12 to 1e15), found 0",
        'prices.csv:46: close must be a number, found "ten"',
        "prices.csv:47: close must be a positive finite number (1e-12 to 1e15), found 1e+300",
      ],
    ],
  ];
  it.each(cases)("%s", async (_, name, rows, remarks) => {
    folder.file(name, HEADER + rows);
    const { code, out, err } = await run("import", name);
    expect([code, err]).toEqual([0, ""]);
    for (const remark of remarks) expect(out).toContain(remark);
    const again = await run("import", name);
    expect(again.out).not.toContain("@bar-1m: ");
  });

  it("with JSON for programs", async () => {
    folder.file("gap.csv", HEADER + bars(100) + bar(150));
    const { out } = await run("import", "--json", "gap.csv");
    expect(JSON.parse(out)).toMatchObject({ imported: [{ remarks: [{ line: 102 }] }] });
  });

  it("and nothing about a file that is as it should be", async () => {
    folder.file("good.csv", HEADER + bars(100));
    expect((await run("import", "good.csv")).out.split("\n")).toHaveLength(4);
  });
});

describe("a file that cannot be stored is refused with what to do", () => {
  const gzip = gzipSync(HEADER + bars(5_000));
  const damaged = Buffer.from(gzipSync(HEADER + bars(200_000), { level: 1 }));
  damaged.fill(0x55, damaged.length - 3_000, damaged.length - 2_000);
  const cases: readonly (readonly [name: string, content: string | Uint8Array, sentence: RegExp])[] = [
    ["one.csv", HEADER + bar(0), /ONE: the length of its bars cannot be told from one row; give --interval-ms$/],
    ["empty.csv", "", /it is empty; the first line must name the columns$/],
    ["header.csv", HEADER, /no usable row, there is none below its columns; nothing was stored$/],
    ["columns.csv", "a,b\n1,2\n", /the columns are "a", "b": none of them is a time; call one timestamp, or name it/],
    ["bad.csv", HEADER + bar(0, "x"), /no usable row \(line 2: close must be a number, found "x"\); correct the rows/],
    ["binary.csv", Buffer.from([65, 27, 91, 51, 49, 109, 10]), /it is not text; give .csv, .json/],
    ["utf16.csv", Buffer.from(`\uFEFF${HEADER}`, "utf16le"), /it is text in UTF-16; save it as UTF-8$/],
    ["torn.csv.gz", gzip.subarray(0, -200), /gzip stream ends too early behind line \d+: copy or download it again$/],
    ["cut.csv.gz", gzip.subarray(0, -4), /gzip stream ends too early behind line 5001: copy or download it again$/],
    ["damaged.csv.gz", damaged, /It is damaged behind line \d+: copy or download it again$/],
    ["plain.csv.gz", Buffer.from(HEADER), /no gzip file or a damaged one: name plain text without .gz, or download/],
    ["empty.parquet", "", /it is empty; write it again$/],
    ["wrong.parquet", "x".repeat(5_000), /it is no Parquet file that can be read .*; write it again$/],
    ["empty.json", "", /it is no JSON document \(it is empty\)/],
    ["line.ndjson", '{"time":1600000000,"price":1}\n{"time"\n', /line 2 is not JSON; each line must be an object/],
  ];
  it.each(cases)("%s", async (name, content, sentence) => {
    folder.file(name, content);
    const { code, out, err } = await run("import", name);
    expect([code, out]).toEqual([1, ""]);
    expect(err.startsWith(`strategy-engine: ${name}: `)).toBe(true);
    expect(err.trimEnd()).toMatch(sentence);
    expect(err.split("\n")).toHaveLength(2);
  });

  it("a folder", async () => {
    mkdirSync(join(folder.path, "folder.csv"));
    expect((await run("import", "folder.csv")).err).toContain("folder.csv: it is a folder; name the files in it");
  });
});

describe("a line of one gigabyte", () => {
  const MORE_MIB = 60;
  let usualMib = 0;
  beforeAll(async () => {
    folder.file("usual.csv", HEADER + bars(1_000));
    usualMib = (await runMeasured(folder.path, ["import", "usual.csv"])).peakMib;
  });

  // Sparse files: a gigabyte of zeros that takes no room on the disk.
  it.each([
    ["header.csv", "", /header.csv: line 1 is longer than 1048576 bytes; each row needs a line of its own/],
    ["row.csv", HEADER, /row.csv: line 2 is longer than 1048576 bytes; each row needs a line of its own/],
    ["row.ndjson", "[1,2]\n", /row.ndjson: line 2 is longer than 1048576 bytes; each row needs a line of its own/],
    ["document.json", "[", /document.json: it is longer than 268435456 bytes; write it as NDJSON/],
  ])("in %s ends the reading, in the memory of a short file", async (name, head, sentence) => {
    truncateSync(folder.file(name, head), GIB);
    const { code, err, peakMib } = await runMeasured(folder.path, ["import", name]);
    expect(code).toBe(1);
    expect(err).toMatch(sentence);
    expect(peakMib - usualMib).toBeLessThan(MORE_MIB);
  });

  it("in a gzip file does as well", async () => {
    // Members of a gzip file follow each other as their texts do.
    const megabytes = gzipSync("1".repeat(2 ** 24));
    const members = Array.from({ length: GIB / 2 ** 24 }, () => megabytes);
    folder.file("long.csv.gz", Buffer.concat([gzipSync(HEADER), ...members]));
    const { code, err, peakMib } = await runMeasured(folder.path, ["import", "long.csv.gz"]);
    expect(code).toBe(1);
    expect(err).toContain("long.csv.gz: line 2 is longer than 1048576 bytes");
    expect(peakMib - usualMib).toBeLessThan(MORE_MIB);
  });
});
