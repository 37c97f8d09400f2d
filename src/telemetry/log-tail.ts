// The last lines of the log, kept in memory for who asks what the engine said: at most LINES_KEPT, none longer than
// CHARACTERS_KEPT. Lines are kept as they were written and read only when somebody asks.
export const LINES_KEPT = 500;
const CHARACTERS_KEPT = 8_192;
const TEXT_SHOWN = 500;
/** From the least grave on. */
const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** A line as it was written, secrets replaced; of an error only its message. */
export interface LogLine {
  /** ISO 8601. */
  readonly time: string;
  readonly level: (typeof LOG_LEVELS)[number];
  readonly message: string;
  /** Numbers, truths and texts; what is deeper is in the log itself. */
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** Where lines go; `process.stdout` in the engine, an array in tests. */
export interface LogDestination {
  write(line: string): void;
  flushSync(): void;
}

type Written = Readonly<Record<string, unknown>>;

export class LogTail implements LogDestination {
  private readonly destination: LogDestination;
  private readonly lines: string[] = [];
  private next = 0;

  constructor(destination: LogDestination) {
    this.destination = destination;
  }

  write(line: string): void {
    this.lines[this.next % LINES_KEPT] = line.length <= CHARACTERS_KEPT ? line : shortened(line);
    this.next += 1;
    this.destination.write(line);
  }

  flushSync(): void {
    this.destination.flushSync();
  }

  /** Those that are at least so grave, newest first. No more lines are read than it takes to find so many. */
  last(most: number, from: LogLine["level"] = "debug"): readonly LogLine[] {
    const least = LOG_LEVELS.indexOf(from);
    const found: LogLine[] = [];
    for (let back = 1; back <= this.lines.length && found.length < most; back++) {
      const written = JSON.parse(this.lines[(this.next - back) % LINES_KEPT] ?? "{}") as Written;
      if (LOG_LEVELS.indexOf(written["level"] as LogLine["level"]) >= least) found.push(lineOf(written));
    }
    return found;
  }
}

function shortened(line: string): string {
  const { level, time, msg } = JSON.parse(line) as Written;
  return JSON.stringify({ level, time, msg: String(msg).slice(0, TEXT_SHOWN), characters: line.length });
}

function lineOf({ level, time, msg, ...rest }: Written): LogLine {
  const fields: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(rest)) {
    const plain = name === "error" ? messageOf(value) : value;
    if (typeof plain === "string") fields[name] = plain.slice(0, TEXT_SHOWN);
    else if (typeof plain === "number" || typeof plain === "boolean") fields[name] = plain;
  }
  return { time: String(time), level: level as LogLine["level"], message: String(msg), fields };
}

function messageOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "message" in error ? error.message : error;
}
