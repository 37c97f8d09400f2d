// What learning changes in the core: thresholds, parameters and weights of the engine's own instances, and whether they
// speak. Each change is one or more control events and, behind them, its number as a setting; all of it is published
// together. So workers and replay know every change at its place, and a start can see in the core's state which changes
// of the store the journal does not hold. Main thread only.
import * as layout from "../../assembly/layout.ts";
import * as learned from "../../assembly/learned-layout.ts";
import { STRATEGIES, type Tier } from "../domain/strategies.ts";
import type { CoreOutcome, CoreThreshold } from "../domain/learned.ts";
import type { EpochUs } from "../domain/units.ts";
import type { Compute } from "./compute.ts";
import type { InstanceInfo, Instances } from "./instances.ts";
import { coreThresholds, tellOutcomes } from "./outcomes.ts";

/**
 * `column`: a THRESHOLD_ column; `strategy`: its code. `own`: of min_signal_quality, by class of regimes behind the first,
 * those that go with it (0: the class has none), and then what counts as set by hand (0: nothing); without it the value
 * holds in every regime.
 */
export type LearnedSetting =
  | {
      readonly kind: "threshold";
      readonly strategy: number;
      readonly column: number;
      readonly value: number;
      readonly own?: readonly number[];
    }
  | { readonly kind: "parameters"; readonly instance: number; readonly values: Readonly<Record<string, number>> }
  | { readonly kind: "weight"; readonly instance: number; readonly weight: number }
  | { readonly kind: "enabled"; readonly instance: number; readonly enabled: boolean }
  | { readonly kind: "calibration"; readonly strategy: number; readonly points: CalibrationMap };

/** Raw confidence and what it is worth, the raw one ascending; without points both are the same. */
export type CalibrationMap = readonly (readonly [raw: number, worth: number])[];
export const POINTS_MAX = learned.CALIBRATION_POINTS;

export interface LearnedParts {
  readonly compute: Compute;
  readonly instances: Instances;
  readonly now: () => EpochUs;
  readonly closed: () => boolean;
}

/** Events that one change can take at most: every parameter of an instance, twice over. */
const EVENTS_MAX = 64;
const TIER_BITS: Readonly<Record<Tier, number>> = {
  fast: layout.TIER_FAST,
  tactical: layout.TIER_TACTICAL,
  strategic: layout.TIER_STRATEGIC,
  learning: layout.TIER_LEARNING,
};

export class Learned {
  private readonly parts: LearnedParts;

  constructor(parts: LearnedParts) {
    this.parts = parts;
  }

  /** The number of the newest change that the core has evaluated; 0: none. */
  get number(): number {
    return this.parts.compute.state.setting(learned.SETTING_LEARNED);
  }

  /** The number of the thresholds that operators have set, as the core has evaluated them; 0: none. */
  get thresholdsNumber(): number {
    return this.parts.compute.state.setting(learned.SETTING_THRESHOLDS);
  }

  /** Whether the core's own learning of thresholds is on. */
  get isOn(): boolean {
    return this.parts.compute.state.setting(layout.SETTING_LEARNING) !== 0;
  }

  threshold(strategy: number, column: number): number {
    return this.parts.compute.state.threshold(column, strategy);
  }

  calibration(strategy: number): CalibrationMap {
    const { state } = this.parts.compute;
    const at = (column: number): number => state.learned(column, strategy);
    return Array.from({ length: at(learned.LEARNED_POINTS) }, (_, point) => {
      return [at(learned.LEARNED_RAW + point), at(learned.LEARNED_WORTH + point)] as const;
    });
  }

  instance(id: number): InstanceInfo | undefined {
    return this.parts.instances.byId(id);
  }

  weight(instance: number): number {
    return this.parts.compute.state.weight(instance);
  }

  /** All of it with its number, or nothing and false when the event ring has no room. What is there no more is left out. */
  bring(settings: readonly LearnedSetting[], number: number): boolean {
    return this.write(settings.length + 1, () => {
      for (const setting of settings) this.put(setting);
      this.parts.instances.set(learned.SETTING_LEARNED, number);
    });
  }

  /** Closed outcomes, all of them or, without room, none and false. */
  tellOutcomes(outcomes: readonly CoreOutcome[]): boolean {
    const { compute, closed, now } = this.parts;
    return !closed() && tellOutcomes(compute, now(), outcomes);
  }

  /** min_signal_quality of a strategy as the core has moved it, by class of regimes. */
  thresholdsOf(strategy: number): readonly CoreThreshold[] {
    return coreThresholds(this.parts.compute, strategy);
  }

  /** min_signal_quality of a strategy as it was set by hand last; 0: never. */
  setByHand(strategy: number): number {
    return this.parts.compute.state.learned(learned.LEARNED_SET, strategy);
  }

  /** Whether the core goes on learning thresholds. False, and nothing changed, without room. */
  allow(on: boolean): boolean {
    return this.write(1, () => this.parts.instances.set(layout.SETTING_LEARNING, on ? 1 : 0));
  }

  private write(changes: number, put: () => void): boolean {
    const { compute, closed, now } = this.parts;
    const { ring, writer } = compute.plane;
    if (closed() || ring.free() < changes * EVENTS_MAX) return false;
    writer.stamp(now());
    put();
    ring.publish();
    return true;
  }

  private put(setting: LearnedSetting): void {
    const { instances } = this.parts;
    switch (setting.kind) {
      case "threshold": {
        const { strategy, column, value, own } = setting;
        if (own === undefined) return this.control(layout.CONTROL_THRESHOLD, strategy, [column, value, 0]);
        for (const [place, quality] of [value, ...own].entries())
          this.control(layout.CONTROL_THRESHOLD, strategy, [column, quality, 1 + place]);
        return;
      }
      case "parameters":
        return void instances.change(setting.instance, setting.values);
      case "enabled":
        return void instances.enable(setting.instance, setting.enabled);
      case "calibration": {
        const { strategy, points } = setting;
        if (points.length === 0) return this.control(layout.CONTROL_CALIBRATION, strategy, [0, 0, 0]);
        for (const [index, [raw, worth]] of points.entries())
          this.control(layout.CONTROL_CALIBRATION, strategy, [index + 1, raw, worth]);
        return;
      }
      case "weight": {
        const row = instances.byId(setting.instance);
        if (row === undefined) return;
        const { tier, code } = row.type;
        const payload = [code, row.barMs, setting.weight, row.enabled ? 1 : 0, TIER_BITS[tier]];
        return this.control(layout.CONTROL_INSTANCE, row.id, payload);
      }
    }
  }

  private control(code: number, subject: number, payload: readonly number[]): void {
    const { writer } = this.parts.compute.plane;
    const written = writer.write(layout.KIND_CONTROL, subject, 0, code, writer.clock, payload);
    if (!written) throw new RangeError("the event ring is full although room was asked for");
  }
}

/** The code of a strategy, which is also the id of the engine's own instance of it; undefined: there is none such. */
export function codeOf(strategy: string): number | undefined {
  return STRATEGIES.find(({ name }) => name === strategy)?.code;
}
