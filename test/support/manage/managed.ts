// A management plane in the process of the test, over a store in memory unless another one is given, and what tests of
// pipelines do with it. It ends with the test. What is compiled is shared with all tests, unless compiling is the subject.
import { onTestFinished } from "vitest";
import { EmbeddedBus } from "../../../src/bus/embedded-bus.ts";
import { Manage } from "../../../src/manage/manage.ts";
import { DEFAULT_SETTINGS, type PipelineSettings } from "../../../src/manage/pipeline/settings.ts";
import type { PipelineRecord } from "../../../src/store/pipelines.ts";
import { wholePipeline } from "./whole-pipeline.ts";
import type { Store } from "../../../src/store/store.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { COMPILED } from "../compiled.ts";
import { eventually } from "../eventually.ts";
import { opened } from "../store/store-files.ts";
import { RSI_CODE } from "../strategy-code.ts";
import { CONFIG_DEFAULTS } from "./config-defaults.ts";

interface Given {
  readonly store?: Store;
  /** Of a later process: its clock goes on so many microseconds later. */
  readonly laterUs?: number;
  /** Null: everything is compiled anew. */
  readonly compiled?: string | null;
}
type Wanted = Partial<Parameters<Manage["pipelines"]["deploy"]>[1]>;

const PATIENCE_MS = 240_000;
const LIMITS = { memoryBytes: 2 * 1024 ** 3, cpuCores: 64 };

/** By default a deployment is its syntax check. */
export async function openManage(settings: Partial<PipelineSettings> = {}, given: Given = {}): Promise<Manage> {
  const { store = await opened({ file: null }), laterUs = 0, compiled: folder = COMPILED } = given;
  let clock = 1_756_029_600_000_000 + laterUs;
  const manage = new Manage({
    store,
    bus: new EmbeddedBus(),
    now: () => (clock += 7),
    log: SILENT_LOG,
    configDefaults: CONFIG_DEFAULTS,
    sandbox: { limits: LIMITS, folder, warm: false },
    pipeline: { ...DEFAULT_SETTINGS, stages: ["syntax_check"], stepMs: 1, ...settings },
  });
  onTestFinished(() => closed(manage));
  await manage.load();
  return manage;
}

const closings = new WeakMap<Manage, Promise<void>>();
/** Its process ends, if it has not yet. */
export function closed(manage: Manage): Promise<void> {
  const closing = closings.get(manage) ?? manage.close();
  closings.set(manage, closing);
  return closing;
}

export async function ofCode(manage: Manage, code = RSI_CODE, parameters: object = {}): Promise<string> {
  const draft = { name: "tried", code, language: "assemblyscript", riskLimits: {} } as const;
  const made = await manage.registry.create({ ...draft, parameters: { ...parameters } }, "test");
  if (!made.ok) throw new Error(JSON.stringify(made.failure));
  return made.value.strategyId;
}

/** One of the engine's own: needs no compiler. */
export async function ofType(manage: Manage): Promise<string> {
  const made = await manage.registry.register({ type: "moving_average_crossover" }, "test");
  if (!made.ok) throw new Error(made.failure.code);
  return made.value.strategyId;
}

export async function deploy(manage: Manage, strategyId: string, wanted: Wanted = {}): Promise<string> {
  const begun = await manage.pipelines.deploy(strategyId, { type: "direct", ...wanted }, "test");
  if (!begun.ok) throw new Error(begun.failure.code);
  return begun.value.pipelineId;
}

export async function until(manage: Manage, pipelineId: string, states = /completed|failed/): Promise<PipelineRecord> {
  await eventually(
    () => manage.pipelines.get(pipelineId),
    (found) => found !== null && states.test(found.status),
    PATIENCE_MS,
  );
  return wholePipeline(manage, pipelineId);
}
