// Text for people: aligned columns and, on a terminal that has them, colours. No colour codes in files and pipes.
import { styleText } from "node:util";

export type Style = "bold" | "dim" | "green" | "yellow" | "red";

/** `hasColors` also minds NO_COLOR and FORCE_COLOR. */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return stream.isTTY && stream.hasColors() ? styleText(style, text, { validateStream: false }) : text;
}

/** Rows as columns, each as wide as its widest cell, the last one as it is. */
export function columns(rows: readonly (readonly string[])[], gap = 2): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  const line = (row: readonly string[]): string =>
    row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd((widths[index] ?? 0) + gap))).join("");
  return rows.map((row) => line(row).trimEnd()).join("\n");
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What ends a command: one line on stderr. */
export function complain(text: string): void {
  process.stderr.write(`strategy-engine: ${text}\n`);
}

export function count(n: number): string {
  return n.toLocaleString("en-US");
}

export function mebibytes(bytes: number): string {
  const mib = bytes / 1024 ** 2;
  return mib < 1024 ? `${mib.toFixed(0)} MiB` : `${(mib / 1024).toFixed(1)} GiB`;
}

/** A line on stderr that is written over; only for people who watch. */
export class Progress {
  private shown = false;

  show(text: string): void {
    if (!process.stderr.isTTY) return;
    process.stderr.write(`\r\u001b[K${text}`);
    this.shown = true;
  }

  clear(): void {
    if (this.shown) process.stderr.write("\r\u001b[K");
    this.shown = false;
  }
}
