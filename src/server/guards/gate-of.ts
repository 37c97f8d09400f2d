// The gate that stands before the routes of a door, as the settings want it; none where nothing is asked or counted.
import { Gate } from "./gate.ts";
import { OPEN_GUARD } from "./guard.ts";
import { RateLimit } from "./rate-limit.ts";
import type { Guard } from "./guard.ts";

export interface GateSettings {
  readonly guard?: Guard;
  readonly rateLimitPerMinute?: number;
}

export function gateOf({ guard = OPEN_GUARD, rateLimitPerMinute = 0 }: GateSettings): Gate | null {
  if (guard.anonymous !== null && rateLimitPerMinute === 0) return null;
  const limit = rateLimitPerMinute === 0 ? null : new RateLimit(rateLimitPerMinute, () => performance.now());
  return new Gate(guard, limit);
}
