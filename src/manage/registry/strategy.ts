// A strategy as the registry keeps it in memory: all but its code, which the store has. Times are integer microseconds.
import type { AssetType } from "../../domain/asset-type.ts";
import type { Language } from "../../sandbox/sandbox.ts";
import type { StrategyHead } from "../../store/strategies.ts";
import type { VersionHead } from "../../store/versions.ts";

export interface Strategy extends StrategyHead {
  readonly assetTypes: readonly AssetType[];
}

export interface Entry {
  readonly strategy: Strategy;
  /** Oldest first; the last one is in force for edits. */
  readonly versions: readonly VersionHead[];
}

/** What a new strategy is made of; the fields have been checked for their form. */
export interface NewStrategy {
  readonly name: string;
  readonly code: string;
  readonly version?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly riskLimits?: Readonly<Record<string, unknown>>;
  readonly language?: Language;
}

export interface NewBuiltin {
  /** A family or one of the 18, by its canonical name. */
  readonly type: string;
  readonly name?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly assetTypes?: readonly AssetType[];
  /** It is a silent draft until a pipeline has rolled it out. */
  readonly silent?: boolean;
}

/** What changes; objects are merged into what there is (merge.ts). */
export interface StrategyChange {
  readonly name?: string;
  readonly version?: string;
  readonly code?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly riskLimits?: Readonly<Record<string, unknown>>;
  readonly assetTypes?: readonly AssetType[];
  /** Whatever it changes, it is a new version: what PUT /api/strategy/{id} promises. */
  readonly raises?: boolean;
}
