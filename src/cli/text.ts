// Text for people: aligned columns and, on a terminal that has them, colours. No colour codes in files and pipes. All that
// commands say goes out here: what others wrote cannot steer the terminal, whichever way it came in.
import { styleText } from "node:util";
import { seen, seenLines } from "../domain/seen.ts";

const PROGRESS_MS = 100;
const BAR_WIDTH = 24;
/** Of a terminal that does not say. */
const WIDTH = 80;
/** What is left is guessed from what is done; earlier than this the guess is worth nothing. */
const GUESS_FROM_MS = 1_000;

const STYLES = ["bold", "dim", "green", "yellow", "red"] as const;
export type Style = (typeof STYLES)[number];
/** What begins and what ends them, with the brackets that keep it where a text is split. */
const CODES = STYLES.flatMap((style) => styleText(style, " ", { validateStream: false }).split(" "));
const OWN = new RegExp(`(${[...new Set(CODES)].map((code) => code.replace("[", "\\[")).join("|")})`);

/** `hasColors` also minds NO_COLOR and FORCE_COLOR. */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return coloured(stream) ? styleText(style, text, { validateStream: false }) : text;
}

function coloured(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && stream.hasColors();
}

/** Rows as columns, each as wide as its widest cell, the last one as it is. A row is one line, whatever its cells hold. */
export function columns(cells: readonly (readonly string[])[], gap = 2): string {
  const rows = cells.map((row) => row.map((cell) => besideStyles(cell, seen)));
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  const line = (row: readonly string[]): string =>
    row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd((widths[index] ?? 0) + gap))).join("");
  return rows.map((row) => line(row).trimEnd()).join("\n");
}

export function print(text: string): void {
  printWhole(`${text}\n`);
}

/** A document that ends its last line itself. */
export function printWhole(text: string): void {
  process.stdout.write(harmless(text, process.stdout));
}

/** What is said beside the output: on stderr. */
export function tell(text: string): void {
  tellWhole(`${text}\n`);
}

/** The same of what ends its last line itself. */
export function tellWhole(text: string): void {
  process.stderr.write(harmless(text, process.stderr));
}

/** What ends a command: one line on stderr. What follows in further lines is set off: no text begins one like this. */
export function complain(text: string): void {
  tell(`strategy-engine: ${text.replaceAll(/\n(?! {2})/g, "\n  ")}`);
}

/** What may go out. Where nothing is coloured, no code is ours. */
export function harmless(text: string, stream: NodeJS.WriteStream): string {
  return coloured(stream) ? besideStyles(text, seenLines) : seenLines(text);
}

function besideStyles(text: string, change: (text: string) => string): string {
  return text
    .split(OWN)
    .map((piece, index) => (index % 2 === 1 ? piece : change(piece)))
    .join("");
}

export function count(n: number): string {
  return n.toLocaleString("en-US");
}

export function mebibytes(bytes: number): string {
  const mib = bytes / 1024 ** 2;
  return mib < 1024 ? `${mib.toFixed(0)} MiB` : `${(mib / 1024).toFixed(1)} GiB`;
}

/** How far something is, and how long it takes yet; null: nobody knows. */
export function bar(share: number, leftMs: number | null): string {
  const done = Math.min(1, Math.max(0, share));
  const full = Math.round(done * BAR_WIDTH);
  const drawn = `${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)} ${(done * 100).toFixed(0).padStart(3)} %`;
  return leftMs === null || done >= 1 ? drawn : `${drawn}  ${shortTime(leftMs)} left`;
}

/** When it goes on as it did since `from`. */
export function leftOf(share: number, from: number, spentMs: number): number | null {
  return spentMs < GUESS_FROM_MS || share <= from ? null : (spentMs * (1 - share)) / (share - from);
}

/** Rounded up: nobody is told that nothing is left while something is. */
function shortTime(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A line on stderr that is written over at most ten times a second; only for people who watch. */
export class Progress {
  /** Where the present stretch of work began; another one begins where the share falls. */
  private from: { readonly atMs: number; readonly share: number } | null = null;
  private shown = false;
  private shownAt = 0;

  show(text: string): void {
    if (!process.stderr.isTTY) return;
    process.stderr.write(`\r\u001b[K${seen(text).slice(0, Math.max(1, (process.stderr.columns || WIDTH) - 1))}`);
    this.shown = true;
  }

  /** The text is made only when it is its turn. */
  update(text: () => string): void {
    const now = performance.now();
    if (now - this.shownAt < PROGRESS_MS) return;
    this.shownAt = now;
    this.show(text());
  }

  /** A bar with the time that is left, and what else there is to say. Of a run, which goes on: false. */
  share(done: number, note = ""): false {
    const now = performance.now();
    if (this.from === null || done < this.from.share) this.from = { atMs: now, share: done };
    const left = leftOf(done, this.from.share, now - this.from.atMs);
    this.update(() => `${bar(done, left)}${note === "" ? "" : `  ${note}`}`);
    return false;
  }

  clear(): void {
    if (this.shown) process.stderr.write("\r\u001b[K");
    this.shown = false;
  }
}
