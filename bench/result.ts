// What a benchmark hands over: figures for the table, the baseline file and the gates. All times are nanoseconds.
import { createHash } from "node:crypto";

export interface Figure {
  readonly label: string;
  /** Of one operation. */
  readonly medianNs: number;
  readonly p99Ns?: number;
  readonly maxNs?: number;
}

export interface Result {
  /** Unique among all benchmarks, e.g. "cycle of 1,000 symbols". */
  readonly name: string;
  /** The side under test first. */
  readonly pairs: readonly Figure[];
  /** How many times as fast the first side is as the second; 1 when there is only one side. */
  readonly ratio: number;
  /** Workload, seed, count; where outputs were compared, what the hash was. */
  readonly note: string;
  /** Hash of what was computed, so that a faster wrong answer shows; none where nothing is computed, as by a socket. */
  readonly fingerprint?: string;
}

/** Of numbers by their bits, of all else by its text. */
export function fingerprintOf(...parts: readonly (ArrayBufferView | string | number | bigint)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(typeof part === "object" ? bytesOf(part) : `${part};`);
  return hash.digest("hex").slice(0, 16);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(new Uint8Array(buffer, byteOffset, byteLength));
}

/** What every *.bench.ts exports. It must leave nothing running. */
export interface BenchModule {
  /** Too long to run without being named, or needs what is not everywhere. */
  readonly onDemand?: boolean;
  run(): Promise<readonly Result[]>;
}

export function figureOf(result: Result, label: string): Figure | undefined {
  return result.pairs.find((figure) => figure.label === label);
}
