// One hash over all decisions of a run, in order, down to the last bit: whoever gets the same hash decided the same.
import { createHash } from "node:crypto";
import type { Decision } from "../sandbox/sandbox.ts";

const FIELDS = 7;
const HELD = 512;
const ACTIONS = { buy: 1, sell: -1, exit: 2 } as const;

export class DecisionHash {
  private readonly hash = createHash("sha256");
  private readonly numbers = new Float64Array(FIELDS * HELD);
  private count = 0;

  add(event: number, symbol: number, { action, confidence, stop, target, size }: Decision): void {
    const { numbers } = this;
    const at = FIELDS * this.count++;
    numbers[at] = event;
    numbers[at + 1] = symbol;
    numbers[at + 2] = ACTIONS[action];
    numbers[at + 3] = confidence;
    numbers[at + 4] = stop;
    numbers[at + 5] = target;
    numbers[at + 6] = size;
    if (this.count === HELD) this.flush();
  }

  /** Sixteen hexadecimal digits; once. */
  digest(): string {
    this.flush();
    return this.hash.digest("hex").slice(0, 16);
  }

  private flush(): void {
    this.hash.update(new Uint8Array(this.numbers.buffer, 0, this.count * FIELDS * 8));
    this.count = 0;
  }
}
