// What the management plane is opened with.
import type { Bus, JobLine } from "../bus/bus.ts";
import type { Limits } from "../sandbox/sandbox.ts";
import type { Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import type { LearningSettings } from "./learning/learning.ts";
import type { WebhookSettings } from "./oversight/oversight.ts";
import type { PipelineSettings } from "./pipeline/pipeline.ts";
import type { ConfigDefaults } from "./settings/settings.ts";
import type { LiveVenue } from "./venue/venue.ts";

export interface ManageOptions {
  readonly store: Store;
  readonly bus: Bus;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
  /** Settings of the process, in force until they are set at run time. */
  readonly configDefaults: ConfigDefaults;
  /** What runs over history need; without it there is no recorded history, and a run may last five minutes. */
  readonly runs?: RunSettings;
  /** How deployments go; without it as the defaults of the configuration say. */
  readonly pipeline?: PipelineSettings;
  /** How users' strategies are compiled and bounded; without it nothing of theirs is kept on disk. */
  readonly sandbox?: SandboxSettings;
  /** What learning may do; without it as the defaults of the configuration say. */
  readonly learning?: LearningSettings;
  /** Where live orders go; without it everything stays on paper. */
  readonly venue?: LiveVenue | null;
  /** Whether executions that ran when the engine ended go on; without it they do not. */
  readonly autoResume?: boolean;
  /** In which the days of risk begin and end; UTC without it. */
  readonly timezone?: string;
  /** Where the emergency stop is kept beside the store; without it nowhere. */
  readonly stopFile?: string | null;
  /** Where alerts are brought; without it nowhere. */
  readonly webhooks?: WebhookSettings;
}

export interface RunSettings {
  readonly dataDir: string | null;
  readonly timeoutMs: number;
  readonly engineVersion: string;
  /** Where runs are handed in for any process; without it they stay in this one. */
  readonly line?: JobLine | null;
}
export interface SandboxSettings {
  /** For what was compiled. */
  readonly folder: string | null;
  /** The compiler is begun before anybody needs it. */
  readonly warm: boolean;
  /** Of all users' strategies together. */
  readonly limits: Limits;
}
