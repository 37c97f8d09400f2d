// Parquet of strangers. A damaged file can keep its reader busy for ever or take all memory, so it is read in a thread, as
// the import does it. The import has a thread for each file; here one thread reads case after case and is replaced only when
// it was ended or died, because a thread takes a hundred times as long to start as a small file to read. Once in THROUGH
// cases the same bytes go through the import's own thread as well, which must make the same of them.
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { parquetWriteBuffer } from "hyparquet-writer";
import type { Batch } from "../../../../src/history/intake/cell.ts";
import { unpacked } from "../../../../src/history/intake/packed-batch.ts";
import { readParquetInThread } from "../../../../src/history/intake/parquet-thread.ts";
import { FileFault } from "../../../../src/stream/ingest/file-lines.ts";
import type { Parcels } from "./parquet-reader.ts";
import { gathered } from "./tables.ts";
import { bytesOf, fault, textsOf, type Target, type Trial } from "./target.ts";

/** Processor time after which a file is one that keeps its reader busy: of the thread here, of the import's with its start. */
const BUSY_CPU_MS = 300;
const IMPORT_CPU_MS = 2_000;
const LOOKS = 10;
const THROUGH = 500;
const AGAIN = 3;
/** A sign, a length and a sign. */
const FRAME_BYTES = 12;
const BUSY = "it keeps its reader busy";
const READER = new URL("./parquet-reader.js", import.meta.url);

/** One thread for many files. */
class Reader {
  private worker: Worker | null = null;
  /** Told what became of the file that is being read. */
  private told: (parcels: Parcels) => void = () => undefined;

  async read(path: string): Promise<readonly Batch[]> {
    const { batches, fault: why } = await this.parcels(path);
    if (why !== null) throw new FileFault(why);
    return batches.map(unpacked);
  }

  end(): void {
    void this.worker?.terminate();
    this.worker = null;
  }

  private async parcels(path: string): Promise<Parcels> {
    const worker = this.worker ?? (await this.started());
    // Its start is not the file's doing.
    const used = process.cpuUsage();
    return new Promise((resolve) => {
      const look = setInterval(() => {
        const { user, system } = process.cpuUsage(used);
        if ((user + system) / 1e3 >= BUSY_CPU_MS) this.lost(BUSY);
      }, BUSY_CPU_MS / LOOKS);
      this.told = (parcels) => {
        clearInterval(look);
        this.told = () => undefined;
        resolve(parcels);
      };
      worker.postMessage(path);
    });
  }

  private async started(): Promise<Worker> {
    const worker = new Worker(READER);
    await once(worker, "message");
    this.worker = worker;
    // One that was ended says so when another is at work.
    const of = (tell: () => void): void => (worker === this.worker ? tell() : undefined);
    worker.on("message", (parcels: Parcels) => of(() => this.told(parcels)));
    worker.on("error", (error) => of(() => this.lost(whyOf(error))));
    worker.on("exit", () => of(() => this.lost("its thread ended")));
    return worker;
  }

  private lost(why: string): void {
    this.end();
    this.told({ batches: [], fault: why });
  }
}

class ParquetTrial implements Trial {
  private readonly dir = mkdtempSync(join(tmpdir(), "fuzz-parquet-"));
  private readonly reader = new Reader();
  private cases = 0;

  async run(input: Uint8Array): Promise<string> {
    const path = join(this.dir, "x.parquet");
    writeFileSync(path, input);
    const told = await this.told(path);
    if (this.cases++ % THROUGH === 0) await this.compare(path, told);
    return told;
  }

  close(): void {
    this.reader.end();
    rmSync(this.dir, { recursive: true, force: true });
  }

  private told(path: string): Promise<string> {
    return gathered(batchesOf(() => this.reader.read(path)));
  }

  /**
   * With what the import's own thread makes of it. One that takes long may be ended by either alone. Of several things that
   * are wrong with a file the one is told that is met first, which its reads in parallel decide: so it may be asked again.
   */
  private async compare(path: string, first: string): Promise<void> {
    let told = first;
    for (let again = 0; ; again++) {
      const reading = readParquetInThread(path, { rowsRead: 0, rowsTotal: 0 }, IMPORT_CPU_MS);
      const imported = await gathered(reading);
      if (imported === told || [imported, told].some((one) => one.startsWith(BUSY))) return;
      if (again === AGAIN) fault(`the import says: ${imported}; the same reader in a thread for many files: ${told}`);
      this.reader.end();
      told = await this.told(path);
    }
  }
}

/** As the import says it: what nobody waits for in the library ends the thread. */
function whyOf(error: Error): string {
  if ((error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY")
    return "it takes more memory to read than there is; write it again, with fewer rows in a row group";
  return `it is no Parquet file that can be read (${error.message.slice(0, 160)}); write it again`;
}

async function* batchesOf(read: () => Promise<readonly Batch[]>): AsyncGenerator<Batch> {
  yield* await read();
}

function parquetOf(codec: "UNCOMPRESSED" | "SNAPPY", rows: number): Uint8Array {
  const data = Array.from({ length: rows }, (_, index) => index);
  const columnData = [
    { name: "timestamp", data: data.map((index) => new Date(1_640_995_200_000 + index * 60_000)), type: "TIMESTAMP" },
    { name: "close", data: data.map((index) => 1 + index / 8), type: "DOUBLE" },
    { name: "symbol", data: data.map((index) => (index % 2 === 0 ? "A" : "B")), type: "STRING" },
    { name: "volume", data: data.map((index) => index), type: "INT32" },
  ] as const;
  return new Uint8Array(
    parquetWriteBuffer({ columnData: columnData.map((one) => ({ ...one, data: [...one.data] })), codec }),
  );
}

/** The signs at both ends, and a length of the description that the file has room for. */
function signed(input: Uint8Array): Uint8Array {
  const bytes = Buffer.from(input);
  if (bytes.length < FRAME_BYTES) return bytes;
  bytes.write("PAR1", 0, "latin1");
  bytes.write("PAR1", bytes.length - 4, "latin1");
  const most = bytes.length - FRAME_BYTES;
  if (bytes.readUInt32LE(bytes.length - 8) > most) bytes.writeUInt32LE(most, bytes.length - 8);
  return bytes;
}

export const parquet: Target = {
  name: "Parquet",
  files: ["history/intake/parquet-thread.js"],
  weight: 1,
  batch: 500,
  caseMs: IMPORT_CPU_MS + BUSY_CPU_MS + 1_000,
  seeds: [parquetOf("UNCOMPRESSED", 5), parquetOf("SNAPPY", 40), bytesOf("PAR1PAR1")],
  words: textsOf("PAR1", "close", "timestamp"),
  mend: signed,
  open: () => new ParquetTrial(),
};
