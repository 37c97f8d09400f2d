// What follows `--` behind the project's own commands (`npm run chaos -- --rounds 5`), in one way for all of them: `--help`
// prints what there is and ends with 0; what is unknown or cannot be is told in a sentence and ends with 2, before anything
// is begun.
import { parseArgs } from "node:util";
import { failed, ok, type Result } from "../../src/domain/result.ts";

export interface Option<T> {
  /** What stands for its value in the help; null: a flag. */
  readonly value: string | null;
  readonly about: string;
  /** When it is not given. */
  readonly absent: T;
  /** The failure continues "--name must be". */
  readonly read: (text: string) => Result<T, string>;
}
type Options = Readonly<Record<string, Option<unknown>>>;

export interface Command<O extends Options> {
  /** As it is typed: `npm run chaos --`. */
  readonly name: string;
  readonly about: string;
  readonly options: O;
  /** Words that are no options; absent: there are none. */
  readonly rest?: { readonly value: string; readonly about: string; readonly names?: readonly string[] };
}
export interface Given<O extends Options> {
  readonly values: { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };
  readonly rest: readonly string[];
}
/** `help`: the text that was asked for. */
type Words<O extends Options> = { readonly help: string } | Given<O>;

const WIDTH = 100;
const MOST = 1_000_000_000;

export function flag(about: string): Option<boolean> {
  return { value: null, about, absent: false, read: () => ok(true) };
}

export function whole<T extends number | null>(
  about: string,
  absent: T,
  { least = 1, most = MOST }: { readonly least?: number; readonly most?: number } = {},
): Option<number | T> {
  return { value: "N", about, absent, read: (text) => numberFrom(text, /^\d{1,15}$/, least, most, "a whole number") };
}

/** Above 0. */
export function amount(about: string, absent: number): Option<number> {
  const smallest = 0.001;
  return { value: "N", about, absent, read: (text) => numberFrom(text, /^\d+(\.\d+)?$/, smallest, MOST, "a number") };
}

export function text(value: string, about: string, absent: string | null = null): Option<string | null> {
  return { value, about, absent, read: (given) => (given === "" ? failed("some text") : ok(given)) };
}

/** Several of these, divided by commas. */
export function some<T extends string>(value: string, about: string, names: readonly T[]): Option<readonly T[]> {
  const read = (given: string): Result<readonly T[], string> => {
    const chosen = given.split(",").flatMap((word) => names.find((name) => name === word) ?? []);
    return chosen.length === given.split(",").length ? ok(chosen) : failed(`some of ${names.join(",")}`);
  };
  return { value, about: `${about}: some of ${names.join(",")}`, absent: [], read };
}

export function oneOf<T extends string>(value: string, about: string, names: readonly T[]): Option<T | null> {
  const read = (given: string): Result<T, string> => {
    const name = names.find((one) => one === given);
    return name === undefined ? failed(`one of ${names.join(", ")}`) : ok(name);
  };
  return { value, about: `${about}: one of ${names.join(", ")}`, absent: null, read };
}

/** What the process was started with; help and refusals end it. */
export function wordsOf<O extends Options>(
  command: Command<O>,
  args: readonly string[] = process.argv.slice(2),
): Given<O> {
  const words = readWords(command, args);
  if (!words.ok) {
    console.error(words.failure);
    process.exit(2);
  }
  if ("help" in words.value) {
    console.log(words.value.help);
    process.exit(0);
  }
  return words.value;
}

export function readWords<O extends Options>(command: Command<O>, args: readonly string[]): Result<Words<O>, string> {
  const { name, options, rest: takes } = command;
  const explain = `(${name} --help explains it)`;
  const refuse = (why: string): Result<never, string> => failed(`${why} ${explain}`);
  const types = Object.entries(options).map(([key, { value }]) => [key, { type: typeOf(value) }] as const);
  const { tokens } = parseArgs({
    args: args.filter((word, at) => word !== "--" || at > 0), // npm leaves one where it is given two
    options: { ...Object.fromEntries(types), help: { type: "boolean", short: "h" } },
    strict: false,
    tokens: true,
  });
  const values: Record<string, unknown> = Object.fromEntries(
    Object.entries(options).map(([key, { absent }]) => [key, absent]),
  );
  const rest: string[] = [];
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      if (takes === undefined) return refuse(`${token.value} is not understood: there are only options here`);
      if (takes.names?.includes(token.value) === false)
        return refuse(`there is no ${takes.value} ${token.value}; there are ${takes.names.join(", ")}`);
      rest.push(token.value);
      continue;
    }
    if (token.name === "help") return ok({ help: helpOf(command) });
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) return refuse(`${token.rawName} is no option; there are ${listOf(options)}`);
    if (option.value === null && token.value !== undefined)
      return refuse(`${token.rawName} takes no value, found ${token.value}`);
    if (option.value !== null && token.value === undefined)
      return refuse(`${token.rawName} needs a value: ${token.rawName} ${option.value}`);
    const read = option.read(token.value ?? "");
    if (!read.ok)
      return refuse(`${token.rawName} must be ${read.failure}, found ${token.value === "" ? "nothing" : token.value}`);
    values[token.name] = read.value;
  }
  return ok({ values: values as Given<O>["values"], rest });
}

function typeOf(value: string | null): "string" | "boolean" {
  return value === null ? "boolean" : "string";
}

function listOf(options: Options): string {
  const names = [...Object.keys(options), "help"].map((name) => `--${name}`);
  return names.join(", ");
}

function helpOf({ name, about, options, rest }: Command<Options>): string {
  const shown = rest === undefined ? "" : ` [${rest.value} ...]`;
  const rows = Object.entries(options).map(([key, { value, about: text, absent }]): readonly [string, string] => [
    `--${key}${value === null ? "" : ` ${value}`}`,
    typeof absent === "number" || typeof absent === "string" ? `${text} (default ${absent})` : text,
  ]);
  const named = rest === undefined ? [] : [[rest.value, restText(rest)] as const];
  return [
    `Usage: ${name}${shown} [options]`,
    "",
    ...wrapped(about, WIDTH),
    "",
    ...columns([...named, ...rows, ["--help", "this text"]]),
  ].join("\n");
}

function restText({ about, names }: NonNullable<Command<Options>["rest"]>): string {
  return names === undefined ? about : `${about}: ${names.join(", ")}`;
}

function columns(rows: readonly (readonly [name: string, about: string])[]): readonly string[] {
  const wide = Math.max(...rows.map(([name]) => name.length)) + 4;
  return rows.flatMap(([name, about]) =>
    wrapped(about, WIDTH - wide).map((line, at) => `${(at === 0 ? `  ${name}` : "").padEnd(wide)}${line}`),
  );
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function numberFrom(text: string, form: RegExp, least: number, most: number, what: string): Result<number, string> {
  const value = form.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? ok(value) : failed(`${what} from ${least} to ${most}`);
}
