// What ties the folder of a cluster to its Redis: an id that the first node makes, in CLUSTER_DIR/cluster.json with the
// number of shards, and in Redis. A folder that is not mounted, or another one, would serve every shard from nothing:
// who comes with such a one is told so. A Redis that has lost everything is given again what the folder says; the folder
// has the data. The file is written first, so what Redis has is in the folder.
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { LeaseStore } from "../bus/bus.ts";
import { failed, ok, type Result } from "../domain/result.ts";

export interface Identity {
  readonly id: string;
  readonly shards: number;
}

const FILE = "cluster.json";
/** A shared folder may show a file that another machine has just made somewhat later. */
const LOOKS = 5;
const LOOK_AGAIN_MS = 500;

/** Null: the folder has none. Rejects when there is one that cannot be read. */
export async function identityOf(clusterDir: string): Promise<Identity | null> {
  const file = join(clusterDir, FILE);
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  const { id, shards } = parsed(text);
  if (typeof id !== "string" || id === "" || !Number.isInteger(shards)) {
    throw new Error(`${file} is not what a node wrote; put it back from a copy`);
  }
  return { id, shards: Number(shards) };
}

/** The identity that folder and Redis agree in; a sentence when they do not, or when `shards` is another number. */
export async function agree(
  store: Pick<LeaseStore, "clusterId" | "claimCluster">,
  clusterDir: string,
  shards: number,
): Promise<Result<Identity, string>> {
  const told = await store.clusterId();
  let folder = await identityOf(clusterDir);
  for (let look = told === null ? LOOKS : 1; folder === null && look < LOOKS; look++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    folder = await identityOf(clusterDir);
  }
  if (folder === null && told !== null) {
    return failed(
      `CLUSTER_DIR ${clusterDir} has no ${FILE}, but the cluster in REDIS_URL has a folder with the id ${told}; mount that one, or give a new cluster a Redis of its own`,
    );
  }
  const before = folder?.shards ?? (await store.claimCluster(null, shards)).shards; // a cluster of before there were ids
  if (before !== shards) return failed(otherShards(shards, before));
  folder ??= await write(clusterDir, shards);
  const inForce = await store.claimCluster(folder.id, folder.shards);
  if (inForce.id !== folder.id) {
    return failed(
      `CLUSTER_DIR ${clusterDir} belongs to the cluster ${folder.id}, but REDIS_URL to ${inForce.id}; one of them is another cluster's`,
    );
  }
  if (inForce.shards !== shards) return failed(otherShards(shards, inForce.shards));
  return folder.shards === shards ? ok(folder) : failed(otherShards(shards, folder.shards));
}

function otherShards(asked: number, begun: number): string {
  return `SHARDS is ${asked}, but this cluster was begun with ${begun}; every node needs the same, because a symbol's shard follows from it`;
}

/** Of all who write at once one does it; all get what is written. */
async function write(clusterDir: string, shards: number): Promise<Identity> {
  await mkdir(clusterDir, { recursive: true, mode: 0o700 });
  const unfinished = join(clusterDir, `${FILE}.${randomBytes(4).toString("hex")}.tmp`);
  const handle = await open(unfinished, "wx", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify({ id: randomBytes(8).toString("hex"), shards })}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(unfinished, join(clusterDir, FILE));
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    await rm(unfinished, { force: true });
  }
  const written = await identityOf(clusterDir);
  if (written === null) throw new Error(`${FILE} in ${clusterDir} was there and is gone`);
  return written;
}

function parsed(text: string): Partial<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
