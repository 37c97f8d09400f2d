// What the compiler says, as data: message, line and column in the author's file, and a hint where the author is likely
// to have meant something else.
import { TEST_FILE, type TestFile } from "../test-file.ts";

export interface Diagnostic {
  readonly message: string;
  /** From 1; null when the fault has no place in the author's file. */
  readonly line: number | null;
  readonly column: number | null;
  readonly hint: string | null;
  /** Of the author's two files the one that is meant; without it the strategy. */
  readonly file?: TestFile;
  /** The compiler itself was lost: another try may do better. */
  readonly lost?: true;
}

const DIAGNOSTICS_MAX = 20;
/** "ERROR TS2304: Cannot find name 'x'." and, some lines on, "in strategy.ts(12,5)". */
const MESSAGE = /^ERROR\s+(?:[A-Z]+\d+:\s*)?(.+)$/;
const PLACE = /in (\S+)\((\d+),(\d+)\)/;

const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /'create'|has no exported member 'create'/,
    "the file must end with: export function create(): Strategy { return new …(); }",
  ],
  [/File '.*' not found|Cannot find module/, 'only "strategy-engine/sdk" can be imported'],
  [/Cannot find name 'number'/, "numbers are f64 (or i32 where they count)"],
  [
    /Cannot find name '(console|process|require|fetch|setTimeout|Date)'/,
    "a strategy has no access to the outside; it decides by what it is given",
  ],
  [
    /closures? (are|is) not|Not implemented: Closures/i,
    "functions cannot use variables of the function around them; make them fields",
  ],
  [
    /Type 'f64' is not assignable to type 'i32'|Conversion from type 'f64' to 'i32'/,
    "write i32(x) to cut a number off to a whole one",
  ],
];

export function diagnosticsOf(text: string, error: Error | null): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  let message: string | null = null;
  const add = (place: RegExpExecArray | null): void => {
    if (message === null) return;
    const test = place?.[1] === TEST_FILE;
    const own = test || place?.[1] === "strategy.ts";
    const [line, column] = own ? [Number(place?.[2]), Number(place?.[3])] : [null, null];
    found.push({ message, line, column, hint: hintOf(message), ...(test ? { file: TEST_FILE } : {}) });
    message = null;
  };
  for (const line of text.split("\n")) {
    const begun = MESSAGE.exec(line);
    if (begun !== null) {
      add(null);
      message = begun[1] ?? "";
      continue;
    }
    const place = PLACE.exec(line);
    if (place !== null) add(place);
  }
  add(null);
  if (found.length === 0) {
    const why = error === null ? "the compiler gave no module" : error.message;
    return [{ message: why, line: null, column: null, hint: null }];
  }
  return found.slice(0, DIAGNOSTICS_MAX);
}

function hintOf(message: string): string | null {
  return HINTS.find(([pattern]) => pattern.test(message))?.[1] ?? null;
}
