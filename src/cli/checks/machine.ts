// Memory, disk and ports: what the engine needs from the machine with the settings that are in force.
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import type { Config } from "../../config.ts";
import { PAGE_BYTES, planMemory } from "../../stream/rings/memory-plan.ts";
import { makeFolder } from "../../store/folder.ts";
import { mebibytes } from "../text.ts";
import { broken, codeOf, doubtful, fine, type Finding, messageOf } from "./finding.ts";

/** What Node, the libraries and the server take beside the shared memory. */
const PROCESS_BYTES = 256 * 1024 ** 2;
const SYNCS = 20;
const SYNC_BYTES = 4096;
/** A batch is synced every 100 ms: a disk slower than this falls behind. */
const SYNC_MS_MAX = 50;

export function checkMemory(config: Config): Finding {
  const { maxSymbols, maxInstances, strategyWorkers } = config;
  const sizes = `MAX_SYMBOLS=${maxSymbols}, MAX_INSTANCES=${maxInstances}`;
  try {
    const needed =
      planMemory({ maxSymbols, maxInstances, workers: strategyWorkers }).pages * PAGE_BYTES + PROCESS_BYTES;
    const free = process.availableMemory();
    const found = `up to ${mebibytes(needed)} for ${sizes}; ${mebibytes(free)} available`;
    if (needed <= free) return fine("memory", found);
    return doubtful(
      "memory",
      found,
      "lower MAX_SYMBOLS or MAX_INSTANCES, or give the machine or container more memory",
    );
  } catch (error) {
    return broken("memory", messageOf(error), "lower MAX_SYMBOLS or MAX_INSTANCES");
  }
}

export function checkDisk(config: Config): readonly Finding[] {
  const { dataDir } = config;
  if (dataDir === null) {
    return [doubtful("disk", "DATA_DIR is empty: memory only", "set DATA_DIR if anything shall survive a restart")];
  }
  const folder = resolve(dataDir);
  const fresh = !existsSync(folder);
  try {
    makeFolder(folder);
    const latencies = syncLatencies(join(folder, `doctor-${process.pid}.tmp`));
    return [checkSpace(folder, config), checkSyncs(folder, latencies)];
  } catch (error) {
    const advice = `make ${folder} writable for this user, or set DATA_DIR to a folder that is`;
    return [broken("disk", messageOf(error), advice)];
  } finally {
    if (fresh) rmSync(folder, { recursive: true, force: true });
  }
}

function checkSpace(folder: string, config: Config): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const found = `${mebibytes(free)} free in ${folder}`;
  const wanted = config.journalRetentionBytes;
  if (free < 2 * config.journalSegmentBytes) {
    return broken("disk", found, "free some space, or set DATA_DIR to a larger disk");
  }
  if (free >= wanted) return fine("disk", found);
  const advice = `the journal keeps up to ${mebibytes(wanted)} and more; lower JOURNAL_RETENTION_BYTES and JOURNAL_RETENTION_HOURS, or use a larger disk`;
  return doubtful("disk", found, advice);
}

function checkSyncs(folder: string, latencies: readonly number[]): Finding {
  const sorted = latencies.toSorted((a, b) => a - b);
  const [median = 0, worst = 0] = [sorted[sorted.length >> 1], sorted.at(-1)];
  const found = `fsync median ${median.toFixed(1)} ms, worst of ${SYNCS} ${worst.toFixed(1)} ms, in ${folder}`;
  if (median <= SYNC_MS_MAX) return fine("fsync", found);
  return doubtful("fsync", found, "use a faster disk for DATA_DIR; JOURNAL_SYNC=off trades durability for speed");
}

function syncLatencies(path: string): readonly number[] {
  const file = openSync(path, "wx");
  const block = Buffer.alloc(SYNC_BYTES, 1);
  const latencies: number[] = [];
  try {
    for (let n = 0; n < SYNCS; n += 1) {
      const begin = performance.now();
      writeSync(file, block);
      fsyncSync(file);
      latencies.push(performance.now() - begin);
    }
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
  return latencies;
}

export async function checkPorts(config: Config): Promise<readonly Finding[]> {
  const { host, port, compatPort } = config;
  const findings = [await checkPort(host, port, "PORT", broken)];
  if (compatPort !== 0) findings.push(await checkPort(host, compatPort, "COMPAT_PORT", doubtful));
  return findings;
}

type Verdict = typeof broken;

async function checkPort(host: string, port: number, name: string, verdict: Verdict): Promise<Finding> {
  const code = await listenFailure(host, port);
  const found = `${host}:${port} (${name})`;
  if (code === "") return fine("port", `${found} is free`);
  if (code === "EADDRINUSE") {
    const advice = `stop the process that has it, or set ${name} to another port${name === "PORT" ? "" : " (0: none)"}`;
    return verdict("port", `${found} is taken`, advice);
  }
  if (code === "EACCES")
    return verdict("port", `${found} is not allowed for this user`, `set ${name} to 1024 or above`);
  return broken("port", `${found}: ${code}`, "set HOST to an address of this machine, e.g. 127.0.0.1");
}

/** Empty when the port could be listened on. */
function listenFailure(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(codeOf(error) || messageOf(error)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve("")));
  });
}
