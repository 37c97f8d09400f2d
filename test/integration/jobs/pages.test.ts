// The page of a run comes from another process (JOBS=redis): whatever that sends, the result is kept, and a page that is none
// is told in a sentence. A real Redis; who works is a taker of the test's own, which makes the run and sends another page.
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { type JobLine, type JobTaker, openJobLine } from "../../../src/bus/bus.ts";
import { failed, ok } from "../../../src/domain/result.ts";
import { Backtests } from "../../../src/manage/backtests/backtests.ts";
import { runJob } from "../../../src/manage/backtests/job.ts";
import { packedEnd, unpacked } from "../../../src/manage/backtests/parcel.ts";
import { PAGE_BYTES_MAX, type Page } from "../../../src/manage/backtests/tearsheet.ts";
import { createLog, SILENT_LOG } from "../../../src/telemetry/log.ts";
import { RedisServer } from "../../support/redis-server.ts";
import { opened } from "../../support/store/store-files.ts";

const RUN = { kind: "backtest", strategy: "mean_reversion", parameters: {}, spanMs: 864e5, capital: 1_000 } as const;

let server: RedisServer;
let queues = 0;
beforeAll(async () => {
  server = await RedisServer.create();
});
afterAll(() => server.remove());

/** What is kept of a run that another process made, with this page. */
async function withPage(page: Page) {
  queues += 1;
  const line = await openJobLine(server.url, `pages${queues}`, SILENT_LOG);
  const taker = line.take({
    width: 1,
    run: async ({ body }) => {
      const spec = unpacked(body, null);
      if (!spec.ok) throw new Error(spec.failure);
      return packedEnd({ ...(await runJob(spec.value, () => false)), page, lost: null });
    },
  });
  onTestFinished(() => taker.close());
  const none = { taken: 0, close: () => Promise.resolve() } as unknown as JobTaker;
  const asking: JobLine = { send: () => line.send(), take: () => none };
  const log = createLog("warn", { write: () => undefined, flushSync: () => undefined });
  let over = (): void => undefined;
  const completed = new Promise<void>((resolve) => (over = resolve));
  const backtests = new Backtests({
    store: await opened({ file: null }),
    now: () => 1_756_029_600_000_000,
    log,
    timeoutMs: 60_000,
    dataDir: null,
    engineVersion: "test",
    onResearch: ({ event }) => {
      if (event === "completed") over();
    },
    line: asking,
  });
  onTestFinished(() => backtests.close());
  await backtests.load();
  const asked = await backtests.ask(RUN, {});
  if (!asked.ok) throw new Error(asked.failure.code);
  await completed;
  const kept = await backtests.get(asked.value);
  expect(kept).toMatchObject({ status: "completed", error: null, result: { data_source: "synthetic" } });
  return {
    id: asked.value,
    page: await backtests.tearsheet(asked.value),
    said: log.tail(10).map(({ message }) => message),
  };
}

it("is kept as it came", async () => {
  const { page, said } = await withPage(ok(gzipSync("<!doctype html>")));
  expect(page.ok && Buffer.from(page.value).toString()).toBe("<!doctype html>");
  expect(said).toEqual([]);
});

it("is none where it could not be made, which the log says", async () => {
  const { id, page, said } = await withPage(failed("there was no room"));
  const again = "the same request sent again has one, unless the log says why none could be made";
  expect(page).toEqual(failed({ code: "conflict", issue: `no tearsheet was kept of backtest ${id}; ${again}` }));
  expect(said).toEqual(["no tearsheet could be made"]);
});

it("is told as unreadable where it is damaged or unpacks to more than a page has", async () => {
  for (const sent of [gzipSync(Buffer.alloc(PAGE_BYTES_MAX + 1)), Buffer.from("no page")]) {
    const { id, page, said } = await withPage(ok(sent));
    if (page.ok || page.failure.code !== "internal_error") throw new Error(JSON.stringify(page));
    expect(page.failure.issue).toMatch(
      new RegExp(`^the tearsheet that was kept of backtest ${id} cannot be read \\(.+\\); its result can, at GET /`),
    );
    expect(said).toEqual(["a tearsheet cannot be read"]);
  }
});
