// The folders of a shard, one for each epoch: CLUSTER_DIR/shard-<s>/epoch-<n> is the DATA_DIR of the n-th owner. A new
// owner never writes where an old one may still be at it: it makes a folder of its own from the newest complete one.
// What is never written again under its name (closed journal segments, snapshots, compiled strategies) is linked, at no
// cost; everything else is copied. A folder is built under another name, synced, and renamed when it is complete, so a
// name epoch-<n> always stands for a whole folder. Any number of nodes may try at once; each builds its own.
import { constants } from "node:fs";
import { copyFile, link, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { shardKeys } from "../bus/bus.ts";

const EPOCH = /^epoch-(\d{1,15})$/;
const UNFINISHED = /^making-(\d{1,15})-[0-9a-f]+$/;
/** Files come and go while their owner, not dead yet, is at it: the copy is begun again so often. */
const ATTEMPTS_MAX = 10;
const OWNER_ONLY = 0o700;
/**
 * What belongs to a process: its lock, SQLite's shared memory (made again from the log), unfinished files; and what a
 * database's mark says of the very file.
 */
const LEFT_OUT = /(^|\/)(lock(\.[^/]*)?|engine\.db\.whole|[^/]*-shm|[^/]*\.(tmp|new|part|partial|damaged))$/;
const SEGMENT = /^journal\/\d{20}\.journal$/;
const NEVER_WRITTEN_AGAIN = /^(journal\/\d{20}\.snapshot|compiled\/[0-9a-f]{64}\.wasm|history\/[^/]+\.columns)$/;
/**
 * A start cuts back what a kill left unfinished at the end of a journal, in place: the records of one position, at most
 * 65,535 of 64 bytes. So segments are copied until this much lies behind, and the last one whatever its size.
 */
const CUT_BYTES_MAX = 5 * 1024 * 1024;
const NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EXDEV", "EMLINK"]);

export function shardFolder(clusterDir: string, shard: number): string {
  return join(clusterDir, `shard-${shard}`);
}

/** The epochs that have a complete folder, lowest first. */
export async function epochsOf(clusterDir: string, shard: number): Promise<readonly number[]> {
  const names = await readdir(shardFolder(clusterDir, shard)).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  });
  const epochs = names.flatMap((name) => EPOCH.exec(name)?.[1] ?? []).map(Number);
  return epochs.sort((one, other) => one - other);
}

/**
 * Makes the folder of a new epoch from the newest complete one, or empty; gives its path. An epoch that is known to have
 * had a complete folder must be there, or a newer one: without it this is not the folder that the cluster had.
 */
export async function makeEpoch(clusterDir: string, shard: number, epoch: number, known = 0): Promise<string> {
  const folder = shardFolder(clusterDir, shard);
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY });
  for (let attempt = 1; ; attempt++) {
    const unfinished = join(folder, `making-${epoch}-${randomBytes(4).toString("hex")}`);
    try {
      return await build({ clusterDir, shard, epoch, known }, unfinished);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      if (attempt === ATTEMPTS_MAX || !(codeOf(error) === "ENOENT" || error instanceof Changed)) throw error;
    }
  }
}

/** Removes the folders of epochs before this one and what was never finished for them. */
export async function removeOlder(clusterDir: string, shard: number, epoch: number): Promise<void> {
  const folder = shardFolder(clusterDir, shard);
  for (const name of await readdir(folder)) {
    const of = EPOCH.exec(name)?.[1] ?? UNFINISHED.exec(name)?.[1];
    if (of !== undefined && Number(of) < epoch) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Once a folder is complete, what lies below the one that it was made from is of no use, even if it is never served. */
export async function removeBelowSource(clusterDir: string, shard: number, epoch: number): Promise<void> {
  const source = (await epochsOf(clusterDir, shard)).findLast((one) => one < epoch);
  if (source !== undefined) await removeOlder(clusterDir, shard, source);
}

/** Segments of the journal that nobody writes again, of all by path with their sizes, lowest first. */
export function closedSegments(segments: readonly (readonly [path: string, bytes: number])[]): ReadonlySet<string> {
  const closed = new Set<string>();
  let behind = 0;
  for (const [path, bytes] of segments.toReversed()) {
    if (behind >= CUT_BYTES_MAX) closed.add(path);
    behind += bytes;
  }
  return closed;
}

/** A file was written while it was copied. */
class Changed extends Error {}

interface Wanted {
  readonly clusterDir: string;
  readonly shard: number;
  readonly epoch: number;
  readonly known: number;
}

async function build({ clusterDir, shard, epoch, known }: Wanted, unfinished: string): Promise<string> {
  const folder = shardFolder(clusterDir, shard);
  const target = join(folder, `epoch-${epoch}`);
  const newest = (await epochsOf(clusterDir, shard)).at(-1);
  if (newest !== undefined && newest >= epoch)
    throw new Error(`${folder} has epoch-${newest} already; epoch-${epoch} would be older or the same`);
  if ((newest ?? 0) < known) {
    throw new Error(
      `${folder} ends with ${newest === undefined ? "no epoch" : `epoch-${newest}`}, but epoch-${known} was complete; ` +
        `bring it back, or delete the key ${shardKeys(shard).folder} to go on from what is there`,
    );
  }
  await mkdir(unfinished, { mode: OWNER_ONLY });
  if (newest !== undefined) await fill(join(folder, `epoch-${newest}`), unfinished);
  await syncAll(unfinished);
  await rename(unfinished, target);
  await sync(folder);
  return target;
}

async function fill(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => ({
    path: join(entry.parentPath, entry.name).slice(from.length + 1),
    folder: entry.isDirectory(),
  }));
  const segments = paths
    .map(({ path }) => path)
    .filter((path) => SEGMENT.test(path))
    .toSorted();
  const sizes = await Promise.all(segments.map(async (path) => [path, (await stat(join(from, path))).size] as const));
  const closed = closedSegments(sizes);
  for (const { path, folder } of paths.toSorted((one, other) => one.path.localeCompare(other.path))) {
    if (folder) await mkdir(join(to, path), { recursive: true, mode: OWNER_ONLY });
    else if (LEFT_OUT.test(path)) continue;
    else if (closed.has(path) || NEVER_WRITTEN_AGAIN.test(path)) await share(join(from, path), join(to, path));
    else if (!/\.db(-wal)?$/.test(path)) await copy(join(from, path), join(to, path));
  }
  await copyDatabases(
    from,
    to,
    paths.map(({ path }) => path).filter((path) => path.endsWith(".db")),
  );
}

async function share(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!NO_LINKS.has(codeOf(error) ?? "")) throw error;
    await copy(from, to);
  }
}

/** Shares blocks where the file system can. */
async function copy(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
}

/**
 * A database and its log belong together: neither may have been written while both were copied. Whoever wrote them has
 * lost the shard, so this is so at once, except for somebody who wakes up just now and has not noticed yet.
 */
async function copyDatabases(from: string, to: string, databases: readonly string[]): Promise<void> {
  for (const database of databases) {
    const files = [database, `${database}-wal`];
    const before = await stampOf(from, files);
    for (const file of files) {
      await copy(join(from, file), join(to, file)).catch((error: unknown) => {
        if (codeOf(error) !== "ENOENT" || file === database) throw error;
      });
    }
    if ((await stampOf(from, files)) !== before) throw new Changed(`${database} was written while it was copied`);
  }
}

async function stampOf(folder: string, files: readonly string[]): Promise<string> {
  const stamps = files.map(async (file) => {
    const found = await stat(join(folder, file), { bigint: true }).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT") return null;
      throw error;
    });
    return found === null ? "none" : `${found.ino} ${found.size} ${found.mtimeNs}`;
  });
  return (await Promise.all(stamps)).join(", ");
}

/** Everything below a folder survives a power cut; what is linked was synced by who wrote it. */
async function syncAll(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) await sync(join(entry.parentPath, entry.name));
  await sync(folder);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
