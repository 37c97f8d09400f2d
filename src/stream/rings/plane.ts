// One data plane's memory with the objects that everything else hangs on: plan, shared memory, event ring, writer.
// Live, replay, tests, benches and the warm-up all start here.
import { EventRing } from "./event-ring.ts";
import { EventWriter } from "./event-writer.ts";
import { planMemory, writePlan, type Capacity, type MemoryPlan } from "./memory-plan.ts";

export interface Plane {
  readonly plan: MemoryPlan;
  readonly memory: WebAssembly.Memory;
  readonly ring: EventRing;
  readonly writer: EventWriter;
}

export function createPlane(capacity: Capacity, firstSequence = 0): Plane {
  const plan = planMemory(capacity);
  const memory = new WebAssembly.Memory({ initial: plan.pages, maximum: plan.pages, shared: true });
  writePlan(memory, plan);
  const ring = new EventRing(memory, plan, firstSequence);
  return { plan, memory, ring, writer: new EventWriter(memory, ring) };
}
