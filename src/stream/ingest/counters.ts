// What ingest counts: plain numbers that telemetry reads when it is asked. Every valid tick adds 1 to `ingested`; every
// bad tick, and every message that cannot be decoded, adds 1 to `rejected`.
import { REASONS, type Reason } from "../../domain/event.ts";

export const TRANSPORTS = ["redis", "http", "stream", "demo", "file"] as const;
export type Transport = (typeof TRANSPORTS)[number];
export const ENCODINGS = ["json", "msgpack", "none"] as const;
export type Encoding = (typeof ENCODINGS)[number];

export interface IngestCounters {
  readonly ingested: Record<Transport, Record<Encoding, number>>;
  readonly rejected: Record<Reason, number>;
  /** Ticks put aside until their available_at, and those that entered since. */
  held: number;
  released: number;
  /** Back-fill: rows taken in, history values that could not be read, and those that were less than what had come live. */
  historyRows: number;
  historyCorrupt: number;
  historyLeft: number;
}

export function ingestCounters(): IngestCounters {
  const perEncoding = (): Record<Encoding, number> => ({ json: 0, msgpack: 0, none: 0 });
  return {
    ingested: {
      redis: perEncoding(),
      http: perEncoding(),
      stream: perEncoding(),
      demo: perEncoding(),
      file: perEncoding(),
    },
    rejected: Object.fromEntries(REASONS.map((reason) => [reason, 0])) as Record<Reason, number>,
    held: 0,
    released: 0,
    historyRows: 0,
    historyCorrupt: 0,
    historyLeft: 0,
  };
}
