// The fingerprint of a dataset: SHA-256 over the SHA-256 of each column, so that neither the size of the blocks nor the
// moment of the import is in it. Little-endian f64; -0 and the bits of a NaN are as the writer left them.
import { createHash, type Hash } from "node:crypto";
import type { Block } from "./dataset.ts";

export class ColumnHash {
  private readonly columns: readonly Hash[];

  /** `count`: columns besides the two times. */
  constructor(count: number) {
    this.columns = Array.from({ length: count + 2 }, () => createHash("sha256"));
  }

  add(block: Block): void {
    [block.time, block.known, ...block.columns].forEach((values, index) => {
      this.columns[index]?.update(new Uint8Array(values.buffer, values.byteOffset, block.rows * 8));
    });
  }

  digest(): string {
    const whole = createHash("sha256");
    for (const column of this.columns) whole.update(column.digest());
    return whole.digest("hex");
  }
}
