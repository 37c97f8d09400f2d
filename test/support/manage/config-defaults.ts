// Settings of the process that the configuration at run time begins with, as the defaults of src/config are.
import type { ConfigDefaults } from "../../../src/manage/manage.ts";

export const CONFIG_DEFAULTS: ConfigDefaults = {
  tiers: { fast_ms: 100, tactical_ms: 1000, strategic_ms: 10_000, learning_ms: 60_000 },
  risk: { signal_cooldown_ms: 1000 },
};
