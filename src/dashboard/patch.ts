// What somebody has typed over named values, as the change that the engine takes: only what is different, null for what
// was emptied. A value keeps its kind; a new one is a number, a truth, a list or an object where it reads as one. Pure.
export type Values = Readonly<Record<string, unknown>>;
/** What stands in the fields; a name that is not here was not touched. */
export type TypedValues = Readonly<Record<string, string>>;

export interface Change {
  readonly name: string;
  readonly from: unknown;
  /** Null: it is taken out. */
  readonly to: unknown;
}

export function shownValue(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The changes, or a sentence on what cannot be read. */
export function changesOf(before: Values, typed: TypedValues): readonly Change[] | string {
  const changes: Change[] = [];
  for (const [name, text] of Object.entries(typed)) {
    const from = before[name];
    if (text === shownValue(from)) continue;
    const to = text.trim() === "" ? null : readAs(text.trim(), from);
    if (to === undefined) return `${name} is ${kindOf(from)}, and “${text}” is none.`;
    if (to !== null || from !== undefined) changes.push({ name, from, to });
  }
  return changes;
}

/** Undefined: it is not of the kind that the value has. */
function readAs(text: string, before: unknown): unknown {
  if (typeof before === "string") return text;
  const read = readJson(text);
  if (before === undefined || before === null) return read === undefined ? text : read;
  return kindOf(read) === kindOf(before) ? read : undefined;
}

function readJson(text: string): unknown {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === "number" && !Number.isFinite(read) ? undefined : read;
  } catch {
    return undefined;
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list such as [1, 2]";
  switch (typeof value) {
    case "number":
      return "a number";
    case "boolean":
      return "true or false";
    case "string":
      return "a text";
    default:
      return "an object";
  }
}
