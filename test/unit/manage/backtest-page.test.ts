// The page of a run: one that cannot be made costs no result, and what unpacks to more than a page has is none.
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { runJob, type JobSpec } from "../../../src/manage/backtests/job.ts";
import { PAGE_BYTES_MAX, readTearsheet } from "../../../src/manage/backtests/tearsheet.ts";

const SPEC: JobSpec = {
  kind: "backtest",
  types: ["moving_average_crossover"],
  code: null,
  parameters: {},
  limits: {},
  execution: {},
  symbols: null,
  barMs: null,
  spanMs: 10 * 86_400_000,
  capital: 50_000,
  dataDir: null,
  frames: [],
  engineVersion: "test",
  now: 1_756_029_600_000_000,
  part: { kind: "judged" },
};
const run = (change: Partial<JobSpec> = {}) => runJob({ ...SPEC, ...change }, () => false);

describe("a run", () => {
  it("has its result when its page cannot be made, and says why there is none", async () => {
    const whole = await run();
    if (!whole.result.ok || whole.page?.ok !== true) throw new Error("it has no page");
    // Nothing of the result shows it, and no template can.
    const lacking = await run({ engineVersion: { of: "nothing" } as unknown as string });
    if (!lacking.result.ok) throw new Error(lacking.result.failure ?? "it was stopped");
    expect(lacking.result.value["trade_count"]).toBe(whole.result.value["trade_count"]);
    expect(lacking.page).toMatchObject({ ok: false, failure: expect.stringMatching(/./) as string });
    const html = await readTearsheet(whole.page.value);
    expect(html.ok && Buffer.from(html.value).toString()).toContain("Strategy Engine test.");
  });

  it("keeps no page that is larger than one can be", async () => {
    const { result, page } = await run({ engineVersion: "v".repeat(PAGE_BYTES_MAX / 2) });
    expect(result.ok).toBe(true);
    expect(page).toMatchObject({ ok: false, failure: expect.stringMatching(/^it has \d+ bytes, more than/) as string });
  });
});

describe("what was kept of a page", () => {
  it("is unpacked up to the largest page, and no further", async () => {
    const most = await readTearsheet(gzipSync(Buffer.alloc(PAGE_BYTES_MAX)));
    expect(most.ok && most.value.length).toBe(PAGE_BYTES_MAX);
    const more = await readTearsheet(gzipSync(Buffer.alloc(PAGE_BYTES_MAX + 1)));
    expect(more).toMatchObject({ ok: false });
  });

  it("is told as unreadable where it is damaged", async () => {
    const page = gzipSync("a page");
    for (const bytes of [page.subarray(0, -1), page.subarray(1), Buffer.alloc(0)])
      expect(await readTearsheet(bytes)).toMatchObject({ ok: false, failure: expect.stringMatching(/./) as string });
  });
});
