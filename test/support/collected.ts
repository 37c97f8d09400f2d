// Whether nobody holds an object any more: the collector is asked, until it has had its say.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const ROUNDS = 20;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** How many of these are still held by somebody. */
export async function stillHeld(things: readonly WeakRef<object>[]): Promise<number> {
  const held = (): number => things.filter((one) => one.deref() !== undefined).length;
  for (let round = 0; round < ROUNDS && held() > 0; round++) {
    await new Promise((resolve) => setImmediate(resolve)); // what was looked at in this turn is held until its end
    collect();
  }
  return held();
}
