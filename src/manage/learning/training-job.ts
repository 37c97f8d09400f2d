// One look at the recorded history by the thread that trains: the first dataset of bars that no model was trained on yet, the
// model before it and the one that is deployed judged on the bars that they have not seen, and a new one trained and judged. Everything follows from the
// data, the settings and the seed; the trial ledger counts what was tried. In a thread of its own, or in a test.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { failed, ok, type Result } from "../../domain/result.ts";
import { type Dataset, type History, HistoryFault, openHistory } from "../../history/history.ts";
import {
  type Bars,
  BARS_MIN,
  decodeModel,
  encodeModel,
  FRESH_WATCH,
  type Known,
  modelHash,
  modelOf,
  recheck,
  type Recheck,
  type Trained,
  trainModel,
  type TrainSettings,
  Workbench,
} from "../../learning/models.ts";
import { openTrialLedger, setsOf } from "../../research/research.ts";

/** What is known of a model that was trained before. */
export interface TrainedBefore {
  readonly dataset: string;
  readonly dataHash: string;
  /** Null: none was made of this data. */
  readonly content: ModelContent | null;
  readonly modelId?: string;
  /** What trades now was made of it. */
  readonly deployed?: boolean;
}

/** A model of earlier bars on those that came since. */
export interface Rechecked extends Recheck {
  readonly modelId: string;
}

/** A model as it is kept: its file in base64, and what is needed to watch it. */
export interface ModelContent {
  readonly file: string;
  readonly known: Known;
}

export interface TrainingSpec {
  readonly dataDir: string;
  /** Without barMs, which is that of the bars. */
  readonly settings: Omit<TrainSettings, "barMs">;
  /** Oldest first. */
  readonly before: readonly TrainedBefore[];
  /** For the ledger; microseconds. */
  readonly now: number;
}

export interface MadeModel {
  readonly content: ModelContent;
  readonly hash: string;
  readonly trained: Omit<Trained, "weights">;
  readonly kind: Trained["weights"]["kind"];
  readonly settings: TrainSettings;
}

export interface TrainingEnd {
  readonly dataset: Pick<Dataset, "id" | "symbol" | "intervalMs" | "hash" | "rows" | "from" | "to">;
  readonly codeHash: string;
  /** The newest one before, and the one that is deployed; without those that cannot be read. */
  readonly rechecked: readonly Rechecked[];
  readonly made: Made;
}

/** Why there is no model: a sentence. `broken`: not for want of data, so that somebody should know. */
export type Made =
  | { readonly ok: true; readonly value: MadeModel }
  | { readonly ok: false; readonly failure: string; readonly broken: boolean };

/** The newest bars of a dataset that one model is made of. */
const BARS_MAX = 20_000;
const COLUMN = { open: 0, high: 1, low: 2, close: 3, volume: 4 } as const;

/** Null: there is nothing new to train on, or it was stopped. A failure says why the history cannot be read. */
export function runTraining(spec: TrainingSpec, stop: () => boolean): Result<TrainingEnd | null, string> {
  const opened = openHistory(spec.dataDir);
  if (!opened.ok) return failed(opened.failure);
  const history = opened.value;
  const fresh = history.list().find((dataset) => isNew(dataset, spec.before));
  if (fresh === undefined) return ok(null);
  const bench = new Workbench();
  const about = { dataset: fresh, codeHash: codeHash(bench.coreHash) };
  const end = { ...about, ...looked(bench, history, fresh, spec, stop) };
  return ok(stop() ? null : end);
}

/** A dataset that is damaged, or breaks what looks at it, is no reason to look at no other. */
function looked(
  bench: Workbench,
  history: History,
  dataset: Dataset,
  spec: TrainingSpec,
  stop: () => boolean,
): Pick<TrainingEnd, "rechecked" | "made"> {
  try {
    const bars = barsOf(history, dataset);
    const before = rechecked(bench, bars, dataset, spec.before);
    return { rechecked: before, made: made(bench, bars, dataset, spec, stop) };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { rechecked: [], made: { ok: false, failure, broken: !(error instanceof HistoryFault) } };
  }
}

/** Of a made-up market there is nothing to learn. */
function isNew({ id, kind, rows, hash, synthetic }: Dataset, before: readonly TrainedBefore[]): boolean {
  return (
    kind === "bar" &&
    !synthetic &&
    rows >= BARS_MIN &&
    !before.some((one) => one.dataset === id && one.dataHash === hash)
  );
}

/** Each begins at the end of its own training, so a recheck repeats what the one before has seen and goes on behind it. */
function rechecked(
  bench: Workbench,
  bars: Bars,
  { id }: Dataset,
  before: readonly TrainedBefore[],
): readonly Rechecked[] {
  const own = before.filter(({ dataset, content }) => dataset === id && content !== null);
  return own.flatMap(({ modelId = "", content, deployed = false }, place): readonly Rechecked[] => {
    if (content === null || !(deployed || place === own.length - 1)) return [];
    const model = decodeModel(Buffer.from(content.file, "base64"));
    return model.ok ? [{ modelId, ...recheck(bench, model.value, content.known, bars) }] : [];
  });
}

function made(
  bench: Workbench,
  bars: Bars,
  dataset: Dataset,
  { dataDir, settings, now }: TrainingSpec,
  stop: () => boolean,
): Made {
  const whole: TrainSettings = { ...settings, barMs: dataset.intervalMs };
  const trained = trainModel(bench, bars, whole, triedBefore(dataDir, dataset, whole, now), stop);
  if (trained === null)
    return { ok: false, failure: "there are too few bars with an outcome to train on", broken: false };
  const bytes = encodeModel(modelOf(trained, whole));
  const { weights, ...rest } = trained;
  const until = bars.time.at(-1) ?? 0;
  const known = { reference: trained.reference, watch: FRESH_WATCH, until, cost: whole.cost };
  return ok({
    content: { file: Buffer.from(bytes).toString("base64"), known },
    hash: modelHash(bytes),
    trained: rest,
    kind: weights.kind,
    settings: whole,
  });
}

/** Writes this try into the ledger, and says how many others read the same data. A ledger that cannot be written counts none. */
function triedBefore(
  dataDir: string,
  { hash, id, source, synthetic }: Dataset,
  settings: TrainSettings,
  now: number,
): number {
  const read = [{ dataset: id, source, synthetic, hash }];
  const ledger = openTrialLedger(dataDir);
  if (!ledger.ok) return 0;
  const key = createHash("sha256")
    .update(JSON.stringify(["model", id, hash, settings]))
    .digest("hex");
  try {
    const figures = { trials: 2, scored: 0, mean: 0, squares: 0 };
    ledger.value.record({ data: [hash], sets: setsOf(read), key, strategy: "model", at: now, ...figures });
    return Math.max(0, ledger.value.count(read).trials - 2);
  } catch {
    return 0; // a full disk ends no training
  }
}

function barsOf(history: History, dataset: Dataset): Bars {
  const count = Math.min(BARS_MAX, dataset.rows);
  let skip = dataset.rows - count;
  const column = (): Float64Array => new Float64Array(count);
  const bars = { time: column(), open: column(), high: column(), low: column(), close: column(), volume: column() };
  let at = 0;
  for (const { rows, known, columns } of history.read(dataset)) {
    const from = Math.min(skip, rows);
    skip -= from;
    if (from === rows) continue;
    bars.time.set(known.subarray(from, rows), at);
    for (const [name, place] of Object.entries(COLUMN) as readonly (readonly [keyof typeof COLUMN, number])[])
      bars[name].set((columns[place] ?? known).subarray(from, rows), at);
    at += rows - from;
  }
  return bars;
}

/** Of everything that a model follows from besides data and settings: the core and the code that trains. */
function codeHash(coreHash: string): string {
  const folder = new URL("../../learning/models/", import.meta.url);
  const hash = createHash("sha256").update(coreHash);
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith(".js"))
    .toSorted())
    hash.update(name).update(readFileSync(new URL(name, folder)));
  return hash.digest("hex");
}
