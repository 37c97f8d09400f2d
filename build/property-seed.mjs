// The seed of properties that name none. Where CI is set it is always the same, so that what is judged there is the change
// and not the day; elsewhere every run has one of its own, which finds what no run has seen yet. It is said at the
// beginning, and PROPERTY_SEED=N repeats a run.
import { randomInt } from "node:crypto";

const IN_CI = 20_261_123;

/** Kept in the environment: the configuration is read more than once in a run, and its processes have the same. */
export function propertySeed(env = process.env, say = console.log) {
  const given = env.PROPERTY_SEED;
  if (given !== undefined && !/^-?\d{1,10}$/.test(given))
    throw new Error(`PROPERTY_SEED must be a whole number, not ${given}`);
  if (given !== undefined) return given;
  const seed = String(env.CI ? IN_CI : randomInt(2 ** 31));
  env.PROPERTY_SEED = seed;
  if (!env.CI) say(`properties: PROPERTY_SEED=${seed}`);
  return seed;
}
