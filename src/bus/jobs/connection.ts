// Connections of the job queue: the library brings its own supervision, and needs clients that wait for Redis where it
// blocks or works a job off, and one that does not where somebody asks. A Redis that hangs, or whose machine is gone without
// a word, is found out by its silence: who asked something and hears nothing for SILENCE_MS connects anew.
import { Cluster, Redis } from "ioredis";
import type { RedisAddress } from "../redis-address.ts";

const RETRY_MS = 1_000;
const SILENCE_MS = 5_000;
/** What blocks in Redis says something at least this often, with room for a busy machine. */
export const BLOCK_MS = 2_000;

/** `waits`: commands are kept until Redis is there; else they fail at once. */
export function jobClient(address: RedisAddress, waits: boolean): Redis | Cluster {
  const common = { maxRetriesPerRequest: null, connectionName: "strategy-engine-jobs", socketTimeout: SILENCE_MS };
  if (!("nodes" in address)) {
    const rounds = (round: number): number => (round === 1 ? 0 : RETRY_MS);
    const again = { retryStrategy: () => RETRY_MS, sentinelRetryStrategy: rounds };
    return new Redis({ ...address, ...common, ...again, enableOfflineQueue: waits });
  }
  const { nodes, username, password, tls } = address;
  return new Cluster(
    nodes.map((place) => ({ ...place })),
    {
      redisOptions: { ...common, username, password, tls },
      enableOfflineQueue: waits,
      dnsLookup: (host, done) => done(null, host),
      clusterRetryStrategy: () => RETRY_MS,
    },
  );
}

/** A Redis that is away holds up nobody who ends. */
export async function within(work: Promise<unknown>, mostMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, mostMs)));
  await Promise.race([work, late]);
  clearTimeout(timer);
}
