// What becomes of the qualities that regimes have learned by themselves when min_signal_quality of their strategy is set:
//   by hand (an operator, an adaptation that was asked for, an approved proposal): it holds in every regime, until fresh
//     outcomes of a regime speak against it; what the regimes had is kept with the change
//   by learning: they move along, each by the same factor; what was set by hand stays what it was
//   taking a change back: they and what was set by hand are again what they were before it; of a change that the core made
//     by itself, that of its own class alone is
// Pure.
import type { ChangeRecord } from "../../store/learning.ts";
import type { OwnQualities } from "./plane.ts";
import { isParameters, type LearningValue } from "./target.ts";

/** As the evidence of a change calls what there was before: by class behind the first, and what was set by hand last. */
const NAMES = ["trending_before", "volatile_before", "by_hand_before"] as const;
const BY_HAND = 2;
const [LEAST, MOST] = [0.01, 0.95];

/** To be kept with the evidence of a change; nothing of classes that had none. */
export function evidenceOf(own: OwnQualities): Readonly<Record<string, number>> {
  return Object.fromEntries(NAMES.flatMap((name, index) => ((own[index] ?? 0) > 0 ? [[name, own[index] ?? 0]] : [])));
}
/** With the change taken back; `value` stands for all classes that have none of their own, and is `from` now. */
export function takenBack(
  { applied, evidence, before }: Pick<ChangeRecord, "applied" | "evidence" | "before">,
  own: OwnQualities,
  from: LearningValue,
): { readonly value: LearningValue; readonly own: OwnQualities } {
  const value = before as LearningValue;
  if (applied) return { value, own: NAMES.map((name) => (typeof evidence[name] === "number" ? evidence[name] : 0)) };
  const place = NAMES.findIndex((name) => name === `${String(evidence["regimes"])}_before`);
  if (place < 0 || typeof value !== "number") return { value, own };
  return { value: from, own: own.with(place, value) };
}

export function movedAlong(own: OwnQualities, from: LearningValue, to: LearningValue): OwnQualities {
  const factor = typeof from === "number" && typeof to === "number" && from > 0 ? to / from : 1;
  return own.map((quality, index) =>
    index === BY_HAND || quality <= 0 ? quality : Math.min(MOST, Math.max(LEAST, quality * factor)),
  );
}

/** As the store keeps what is in force: the value, and with it what goes along. */
export function withOwn(value: LearningValue, own: OwnQualities | null): unknown {
  return own === null ? value : { value, own };
}
export function withoutOwn(kept: unknown): { readonly value: LearningValue; readonly own: OwnQualities | null } {
  const value = kept as LearningValue;
  if (!isParameters(value) || !Array.isArray(value["own"])) return { value, own: null };
  return { value: value["value"] ?? Number.NaN, own: value["own"] as OwnQualities };
}
