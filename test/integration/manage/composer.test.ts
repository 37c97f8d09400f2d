// From closed outcomes to a strategy in its pipeline: the composer proposes a planted pair once a day has passed, keeps what
// it has seen over a restart, and an approved proposal becomes a strategy of rules whose pipeline waits for somebody.
import { afterEach, expect, it } from "vitest";
import { EmbeddedBus } from "../../../src/bus/embedded-bus.ts";
import { readRules } from "../../../src/learning/rules.ts";
import { Manage } from "../../../src/manage/manage.ts";
import { DEFAULT_SETTINGS } from "../../../src/manage/pipeline/settings.ts";
import type { Store } from "../../../src/store/store.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { eventually } from "../../support/eventually.ts";
import { plantedPairs } from "../../support/learning/planted-pairs.ts";
import { CONFIG_DEFAULTS } from "../../support/manage/config-defaults.ts";
import { opened } from "../../support/store/store-files.ts";

const DAY = 86_400e6;
const BEGIN = Date.UTC(2025, 10, 1) * 1000;
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function managing(store: Store): Promise<Manage> {
  let clock = BEGIN;
  const manage = new Manage({
    store,
    bus: new EmbeddedBus(),
    now: () => (clock += 7),
    log: SILENT_LOG,
    configDefaults: CONFIG_DEFAULTS,
    pipeline: { ...DEFAULT_SETTINGS, stages: ["syntax_check"], stepMs: 1 },
  });
  await manage.load();
  return manage;
}

async function beat(manage: Manage, clock: number): Promise<void> {
  manage.learning.beat(clock);
  await manage.learning.rounds.idle();
}

it("a planted pair is proposed, and approved becomes a strategy of rules that waits at the end of its pipeline", async () => {
  const store = await opened({ file: null });
  const before = await managing(store);
  closing.push(() => before.close());
  const outcomes = plantedPairs(
    [
      { strategy: "momentum_rider", earns: { trending: 0.009 } },
      { strategy: "mean_reversion", earns: { ranging: 0.009 } },
      { strategy: "pairs_trading", earns: { calm: 0.009 } },
    ],
    4,
  );
  for (const outcome of outcomes) before.learning.outcome(outcome);
  await beat(before, BEGIN);
  expect(before.learning.proposals.open()).toEqual([]);
  await beat(before, BEGIN + DAY);
  const [first, ...others] = before.learning.proposals.open();
  expect(others).toEqual([]);
  expect(first).toMatchObject({ kind: "composition", strategyType: "mean_reversion", before: null });
  const proposed = first?.after as { readonly code: string } | undefined;
  expect(readRules(proposed?.code ?? "").ok).toBe(true);

  // What it has seen outlives it, and the same proposal is not made twice.
  const after = await managing(store);
  closing.push(() => after.close());
  after.learning.outcome({ ...(outcomes.at(-1) ?? outcomes[0]), strategy: "momentum_rider" } as (typeof outcomes)[0]);
  await beat(after, BEGIN + 3 * DAY);
  expect(after.learning.proposals.open()).toMatchObject([{ proposalId: first?.proposalId, kind: "composition" }]);

  const approved = await after.learning.proposals.approve(first?.proposalId ?? "", "test");
  expect(approved).toMatchObject({ ok: true, value: { status: "approved" } });
  const strategy = [...after.registry.all()].find(({ kind }) => kind === "code");
  expect(strategy).toMatchObject({ language: "rules", strategyName: "composed of mean_reversion and momentum_rider" });
  const pipeline = (): string | undefined =>
    after.pipelines.list({ strategyId: strategy?.strategyId ?? "" }).at(-1)?.status;
  await eventually(pipeline, (status) => /awaiting|failed/.test(status ?? ""), 240_000);
  expect(pipeline(), JSON.stringify(after.pipelines.list({}).at(-1))).toBe("awaiting_approval");
});
