// What ties the folder of a cluster to its Redis: an id that the first node makes, in CLUSTER_DIR/cluster.json with the
// number of shards, and in Redis. A folder that is not mounted, or another one, would serve every shard from nothing:
// who comes with such a one is told so. A Redis that has lost everything is given again what the folder says; the folder
// has the data. The file is written first, so what Redis has is in the folder: who cannot write there has claimed nothing,
// and of several that begin at once the one whose id Redis took first says how many shards there are.
import { link, open, readFile, rm } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { LeaseStore } from "../bus/bus.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { makeFolderAside } from "../store/folder.ts";

export interface Identity {
  readonly id: string;
  readonly shards: number;
}

const FILE = "cluster.json";
/** A shared folder may show a file that another machine has just made somewhat later. */
const LOOKS = 5;
const LOOK_AGAIN_MS = 500;

/** A call to the folder does not come back: there is a thread that waits for it as long as this process lives. */
export class SilentFolder extends Error {
  readonly code = "FOLDER_SILENT";
}

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

/**
 * The identity that folder and Redis agree in; a sentence when they do not, or when `shards` is another number. A network's
 * folder that is not there lets everybody wait without end: after `answerMs` this rejects with a SilentFolder.
 */
export async function agree(
  store: Pick<LeaseStore, "clusterId" | "shardsOfCluster" | "claimCluster">,
  clusterDir: string,
  shards: number,
  answerMs: number,
): Promise<Result<Identity, string>> {
  const inFolder = <T>(work: () => Promise<T>): Promise<Result<T, string>> => answered(clusterDir, work, answerMs);
  const told = await store.clusterId();
  const found = await inFolder(() => look(clusterDir, told === null ? 1 : LOOKS));
  if (!found.ok) return found;
  if (found.value === null && told !== null) {
    return failed(
      `CLUSTER_DIR ${clusterDir} has no ${FILE}, but the cluster in REDIS_URL has a folder with the id ${told}; mount that one, or give a new cluster a Redis of its own`,
    );
  }
  const before = found.value?.shards ?? (await store.shardsOfCluster()); // a cluster of before there were ids
  if (before !== null && before !== shards) return failed(otherShards(shards, before));
  const folder = found.value === null ? await inFolder(() => write(clusterDir, shards)) : ok(found.value);
  if (!folder.ok) return folder;
  const { id } = folder.value;
  const inForce = await store.claimCluster(id, folder.value.shards);
  if (inForce.id !== id) {
    return failed(
      `CLUSTER_DIR ${clusterDir} belongs to the cluster ${id}, but REDIS_URL to ${inForce.id}; one of them is another cluster's`,
    );
  }
  if (inForce.shards !== shards) return failed(otherShards(shards, inForce.shards));
  return folder.value.shards === shards ? folder : failed(otherShards(shards, folder.value.shards));
}

async function look(clusterDir: string, times: number): Promise<Identity | null> {
  for (let time = 1; ; time++) {
    const found = await identityOf(clusterDir);
    if (found !== null || time >= times) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** What a system says of a folder names neither the setting nor what it has to be; and a network's may say nothing at all. */
async function answered<T>(clusterDir: string, work: () => Promise<T>, answerMs: number): Promise<Result<T, string>> {
  const unusable = (reason: string): string =>
    `CLUSTER_DIR is ${clusterDir}, which cannot be used: ${reason}; it has to be a folder that all nodes see and that this user may write to`;
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<"silent">((resolve) => {
    timer = setTimeout(() => resolve("silent"), answerMs);
  });
  const worked = work().then(ok, (error: unknown) =>
    failed(unusable(error instanceof Error ? error.message : String(error))),
  );
  const first = await Promise.race([worked, silence]);
  clearTimeout(timer);
  if (first !== "silent") return first;
  throw new SilentFolder(unusable(`it does not answer within ${answerMs / 1_000} s`));
}

function otherShards(asked: number, begun: number): string {
  return `SHARDS is ${asked}, but this cluster was begun with ${begun}; every node needs the same, because a symbol's shard follows from it`;
}

/** Of all who write at once one does it; all get what is written. */
async function write(clusterDir: string, shards: number): Promise<Identity> {
  await makeFolderAside(clusterDir);
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
