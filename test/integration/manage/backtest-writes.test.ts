// A run over history whose state is still being written when it ends: whoever reads it finds its result at every moment.
import { expect, it } from "vitest";
import { Backtests } from "../../../src/manage/backtests/backtests.ts";
import type { Store } from "../../../src/store/store.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { opened } from "../../support/store/store-files.ts";

interface Gate {
  readonly passed: Promise<void>;
  readonly open: () => void;
}
function gate(): Gate {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

it("shows the result of a run that is over, also while earlier writes of it are answered late", async () => {
  const real = await opened({ file: null });
  const [began, ended] = [gate(), gate()];
  let commits = 0;
  const late: Store = {
    commit: async (statements) => {
      const turn = ++commits; // accepted, begun, ended
      if (turn === 3) await ended.passed;
      const done = await real.commit(statements);
      if (turn === 2) await began.passed;
      return done;
    },
    undo: (statements) => real.undo(statements),
    query: (sql, params) => real.query(sql, params),
    reads: real.reads,
    status: () => real.status(),
    close: () => real.close(),
  };
  const completed = gate();
  const backtests = new Backtests({
    store: late,
    now: () => 1_756_029_600_000_000,
    log: SILENT_LOG,
    timeoutMs: 60_000,
    dataDir: null,
    engineVersion: "test",
    onResearch: ({ event }) => {
      if (event === "completed") completed.open();
    },
  });
  await backtests.load();
  const run = { kind: "backtest", strategy: "mean_reversion", parameters: {}, spanMs: 864e5, capital: 1_000 } as const;
  const asked = await backtests.ask(run, {});
  if (!asked.ok) throw new Error(asked.failure.code);
  await completed.passed;
  began.open();
  await new Promise((resolve) => setImmediate(resolve));
  const before = await backtests.get(asked.value);
  expect(before).toMatchObject({ status: "completed" });
  expect(before?.result).not.toBeNull();
  ended.open();
  await backtests.close();
  expect((await backtests.get(asked.value))?.result).not.toBeNull();
});
