// The configuration at run time: a JSON object per component, kept in the store and mirrored to a Redis key without an
// end. `thresholds`, `tiers`, `risk` and `performance` always exist and take effect at once; others are kept for those who read them.
// What was set here goes before the settings of the process: it is in force again after a restart. Thresholds are the
// exception: they are part of the core's state, which a restart restores with all that was learnt since. They bear a
// number (ADR 45, ADR 66), and a core is given them where its number is another: they were lost with the journal's end,
// or the store was put back.
import { isDeepStrictEqual } from "node:util";
import { configKey, type Bus } from "../../bus/bus.ts";
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { configTable, type ConfigRecord } from "../../store/operations.ts";
import type { Statement, Store } from "../../store/store.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Stream } from "../../stream/stream.ts";
import type { Audit } from "../oversight/oversight.ts";
import { Queues } from "../queues.ts";
import {
  changedComponent,
  type ConfigDefaults,
  EFFECTIVE,
  type EffectiveName,
  isEffective,
  type Numbers,
  readComponent,
} from "./components.ts";

export type Component = ConfigRecord;

/** What they take effect in; false: not now (its ring is full), try again. */
export interface Tunable {
  tune(tuning: Tuning): boolean;
  /** Of the thresholds that it has; 0: none. */
  readonly learned: { readonly thresholdsNumber: number };
}

type Kept = Result<void, Failure>;
/** Numbers thresholds in one row with what is learnt of them. */
export interface Numbering {
  /** Of those that were set last; 0: never, or by a version that gave them none. */
  readonly thresholdsNumber: number;
  /** When everything before is done: `keep` with what has to be stored along, then, unless that failed, `take`. */
  renumber(keep: (along: readonly Statement[]) => Promise<Kept>, take: () => void): Promise<Kept>;
}

const UNNUMBERED: Numbering = {
  thresholdsNumber: 0,
  renumber: async (keep, take) => {
    const kept = await keep([]);
    if (kept.ok) take();
    return kept;
  },
};
type Tuning = Parameters<Stream["tune"]>[0];

export interface RuntimeConfigOptions {
  readonly store: Store;
  readonly bus: Bus;
  readonly audit: Audit;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly defaults: ConfigDefaults;
}

export const COMPONENTS_MAX = 1_000;
const RETRY_MS = 50;

export class RuntimeConfig {
  private readonly options: RuntimeConfigOptions;
  private readonly startedAt: number;
  private readonly set = new Map<string, Component>();
  private readonly queues = new Queues();
  private stream: Tunable | null = null;
  private numbering = UNNUMBERED;
  /** What the stream had when it was joined, and whether it was given thresholds then. */
  private found = 0;
  private renewed = false;
  private readonly listeners: ((component: string) => void)[] = [];
  private readonly owed = new Set<EffectiveName>();
  private retry: NodeJS.Timeout | undefined;

  constructor(options: RuntimeConfigOptions) {
    this.options = options;
    this.startedAt = options.now();
  }

  async load(): Promise<void> {
    for (const record of await configTable.load(this.options.store)) this.set.set(record.component, record);
    this.mirrorAll();
    // Redis may have lost what it held while it was away.
    this.options.bus.onStatus((connected) => connected && this.mirrorAll());
  }

  /** Called when a component was set. */
  onChange(listener: (component: string) => void): void {
    this.listeners.push(listener);
  }

  /** Null when nothing was ever set for it. */
  get(component: string): Component | null {
    const known = this.set.get(component);
    if (known !== undefined) return known;
    return isEffective(component) ? { component, value: this.numbers(component), updatedAt: this.startedAt } : null;
  }

  /** Rules of risk, as they are in force. */
  get rules(): NonNullable<Tuning["rules"]> {
    return rulesOf(this.numbers("risk"));
  }

  numberBy(numbering: Numbering): void {
    this.numbering = numbering;
  }

  /** As those see them who learn. */
  get thresholds(): {
    readonly setAt: number;
    readonly owed: boolean;
    readonly found: number;
    readonly renewed: boolean;
  } {
    const { found, renewed } = this;
    return { setAt: this.setAt("thresholds"), owed: this.owed.has("thresholds"), found, renewed };
  }

  /** When it was last set, microseconds; 0: never. */
  setAt(component: string): number {
    return this.set.get(component)?.updatedAt ?? 0;
  }

  all(): Readonly<Record<string, JsonObject>> {
    const names = new Set<string>([...EFFECTIVE, ...this.set.keys()]);
    return Object.fromEntries([...names].map((name) => [name, this.get(name)?.value ?? {}]));
  }

  put(component: string, value: JsonObject, actor: string): Promise<Result<Component, Failure>> {
    return this.queues.run(component, () => this.putNow(component, value, actor));
  }

  /** The stream in which they take effect from now on; `fresh`: its core has begun with nothing. */
  join(stream: Tunable, fresh: boolean): void {
    this.stream = stream;
    this.found = stream.learned.thresholdsNumber;
    this.renewed = this.found !== this.numbering.thresholdsNumber || (fresh && this.set.has("thresholds"));
    for (const name of EFFECTIVE) if (name === "thresholds" ? this.renewed : this.set.has(name)) this.owed.add(name);
    this.pay();
  }

  close(): void {
    this.stream = null;
    clearTimeout(this.retry);
  }

  private async putNow(component: string, given: JsonObject, actor: string): Promise<Result<Component, Failure>> {
    const { audit, now, defaults } = this.options;
    const value = isEffective(component)
      ? changedComponent(component, this.numbers(component), given, defaults)
      : ok(given);
    if (!value.ok) return value;
    const known = this.set.get(component);
    const isThresholds = component === "thresholds";
    // Of thresholds without a number nobody knows whether the core has them.
    const vouched = !isThresholds || this.numbering.thresholdsNumber > 0;
    if (known !== undefined && vouched && isDeepStrictEqual(known.value, value.value)) return ok(known); // nothing to tell anybody
    if (!this.set.has(component) && this.set.size >= COMPONENTS_MAX) {
      return failed({ code: "conflict", issue: `there are ${COMPONENTS_MAX} components already; set one of those` });
    }
    const record = { component, value: value.value, updatedAt: now() };
    const change = {
      actor,
      action: "config.put",
      target: component,
      from: this.get(component)?.value,
      to: record.value,
    };
    const numbering = isThresholds ? this.numbering : UNNUMBERED;
    const keep = (along: readonly Statement[]): Promise<Kept> =>
      audit.record(change, [configTable.put(record), ...along]);
    const stored = await numbering.renumber(keep, () => this.take(record));
    return stored.ok ? ok(record) : stored;
  }

  private take(record: Component): void {
    const { component } = record;
    this.set.set(component, record);
    this.mirror(record);
    for (const listener of this.listeners) listener(component);
    if (isEffective(component)) {
      this.owed.add(component);
      this.pay();
    }
  }

  /** Brings into force what is not yet; what the stream has no room for now, in a moment. */
  private pay(): void {
    clearTimeout(this.retry);
    const { stream } = this;
    if (stream === null) return;
    for (const name of this.owed) {
      const { thresholdsNumber } = this.numbering;
      const tuning = name === "performance" ? null : TUNINGS[name](this.numbers(name), thresholdsNumber);
      if (tuning === null || stream.tune(tuning)) this.owed.delete(name);
    }
    if (this.owed.size > 0) this.retry = setTimeout(() => this.pay(), RETRY_MS);
  }

  /** A range may have become narrower since it was stored; then the default counts. */
  numbers(name: EffectiveName): Numbers {
    const { defaults } = this.options;
    const read = readComponent(name, this.set.get(name)?.value ?? {}, defaults);
    if (read.ok) return read.value;
    const fallback = readComponent(name, {}, defaults);
    return fallback.ok ? fallback.value : {};
  }

  private mirrorAll(): void {
    for (const name of new Set<string>([...EFFECTIVE, ...this.set.keys()])) {
      const known = this.get(name);
      if (known !== null) this.mirror(known);
    }
  }
  private mirror({ component, value }: Component): void {
    this.options.bus.setKey(configKey(component), JSON.stringify(value), null);
  }
}

const US_PER_MS = 1_000;

/** The API's words in the stream's; every field is there, because readComponent fills it in. */
const TUNINGS: Readonly<Record<Exclude<EffectiveName, "performance">, (value: Numbers, number: number) => Tuning>> = {
  thresholds: (value, number) => ({
    thresholds: {
      number,
      minSignalQuality: field(value, "min_signal_quality"),
      opportunityThreshold: field(value, "opportunity_threshold"),
      volatilityMultiplier: field(value, "volatility_multiplier"),
      trendMultiplier: field(value, "trend_multiplier"),
    },
  }),
  tiers: (value) => ({
    tiers: {
      fastMs: field(value, "fast_ms"),
      tacticalMs: field(value, "tactical_ms"),
      strategicMs: field(value, "strategic_ms"),
      learningMs: field(value, "learning_ms"),
    },
  }),
  risk: (value) => ({ rules: rulesOf(value) }),
};

function rulesOf(value: Numbers): NonNullable<Tuning["rules"]> {
  const cooldownUs = field(value, "signal_cooldown_ms") * US_PER_MS;
  return { confidenceFloor: field(value, "confidence_floor"), cooldownUs };
}

function field(value: Numbers, name: string): number {
  const found = value[name];
  if (found === undefined) throw new RangeError(`${name} is missing`);
  return found;
}
