// A history in a temporary folder of its own, and files beside it to import.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  importFile,
  openHistory,
  type Block,
  type Dataset,
  type History,
  type HistoryWriter,
  type Imported,
  type ImportOptions,
} from "../../src/history/history.ts";

export class HistoryFolder {
  readonly path = mkdtempSync(join(tmpdir(), "history-"));
  readonly history: History & HistoryWriter = this.open();

  open(): History & HistoryWriter {
    const opened = openHistory(this.path);
    if (!opened.ok) throw new Error(opened.failure);
    return opened.value;
  }

  file(name: string, content: string | Uint8Array): string {
    const path = join(this.path, name);
    writeFileSync(path, name.endsWith(".gz") && typeof content === "string" ? gzipSync(content) : content);
    return path;
  }

  /** What was imported, or why it was not. */
  async import(path: string, options: Partial<ImportOptions> = {}): Promise<Imported | string> {
    const result = await importFile(this.history, path, { now: 1, ...options });
    return result.ok ? result.value : result.failure;
  }

  /** Content of a file, imported; why it was refused. */
  async refusal(name: string, content: string | Uint8Array, options: Partial<ImportOptions> = {}): Promise<string> {
    const result = await this.import(this.file(name, content), options);
    return typeof result === "string" ? result : `stored ${result.rows} rows`;
  }

  dataset(id: string): Dataset {
    const found = this.history.list().find((dataset) => dataset.id === id);
    if (!found)
      throw new Error(
        `no ${id} among ${this.history
          .list()
          .map((one) => one.id)
          .join(", ")}`,
      );
    return found;
  }

  /** Every file of the history, whatever its state. */
  files(): readonly string[] {
    try {
      return readdirSync(join(this.path, "history")).toSorted();
    } catch {
      return [];
    }
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}

/** Rows as [time, known, ...columns]; blocks may be filled again, so they are copied. */
export function rowsOf(blocks: Iterable<Block>): number[][] {
  const rows: number[][] = [];
  for (const block of blocks) {
    for (let at = 0; at < block.rows; at++) {
      rows.push([block.time, block.known, ...block.columns].map((column) => column[at] ?? Number.NaN));
    }
  }
  return rows;
}
