// What somebody wants to be run over history, before anything of it is checked.
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Strategy } from "../registry/registry.ts";
import type { JobSpec } from "./job.ts";

export interface Asked {
  readonly kind: JobSpec["kind"];
  /** A family or one of the 18, or the strategy that stands for it. */
  readonly strategy: string | Strategy;
  /** What runs, of a strategy that has code. */
  readonly compiled?: CompiledStrategy | null;
  readonly parameters: JsonObject;
  readonly symbols?: readonly string[];
  readonly spanMs: number;
  readonly capital: number;
}

/** What every run of this engine has in common. */
export interface Where extends Pick<JobSpec, "dataDir" | "engineVersion"> {
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
}
