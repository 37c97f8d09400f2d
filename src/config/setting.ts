// What a setting can be: a row of the table in config.ts, and how each kind of value is read from its text.
import { failed, ok, type Result } from "../domain/result.ts";

/** What a fault adds to "must be": the allowed values, as a person would say them. */
export type Allowed = string;

export interface Setting<T> {
  readonly env: string;
  readonly unit: string;
  readonly default: T;
  readonly allowed: Allowed;
  readonly meaning: string;
  /** What was found is not repeated in a fault. */
  readonly secret: boolean;
  /** False while the feature behind the setting is not in this version: another value than the default is a warning. */
  readonly builtIn: boolean;
  /** The empty text is a value of its own, not an unset one. */
  readonly emptyCounts: boolean;
  readonly read: (text: string) => Result<T, Allowed>;
  /** As a person writes it; of a secret only what may be seen. */
  readonly show: (value: T) => string;
}

export interface More {
  readonly secret?: boolean;
  readonly builtIn?: boolean;
  readonly emptyCounts?: boolean;
}

type Base<T> = Pick<Setting<T>, "env" | "default" | "meaning"> & { readonly unit?: string };

function setting<T>(
  base: Base<T>,
  allowed: Allowed,
  read: (text: string) => T | undefined,
  show: (value: T) => string,
  more: More = {},
): Setting<T> {
  return {
    unit: "",
    secret: false,
    builtIn: true,
    emptyCounts: false,
    ...base,
    ...more,
    allowed,
    show,
    read: (text) => {
      const value = read(text);
      return value === undefined ? failed(allowed) : ok(value);
    },
  };
}

const THOUSANDS = /\B(?=(\d{3})+(?!\d))/g;
const readable = (n: number): string => String(n).replace(THOUSANDS, ",");

export function integer(base: Base<number>, min: number, max: number, more?: More): Setting<number> {
  const read = (text: string): number | undefined => {
    const value = /^-?\d{1,15}$/.test(text) ? Number(text) : NaN;
    return value >= min && value <= max ? value : undefined;
  };
  return setting(base, `a whole number from ${readable(min)} to ${readable(max)}`, read, String, more);
}

/** A whole number that has no default of its own: null means that another setting or the machine decides. */
export function optionalInteger(base: Base<number | null>, min: number, max: number): Setting<number | null> {
  const { allowed, read } = integer({ ...base, default: min }, min, max);
  const readOptional = (text: string): number | undefined => {
    const result = read(text);
    return result.ok ? result.value : undefined;
  };
  return setting(base, allowed, readOptional, (value) => (value === null ? "" : String(value)));
}

export function decimal(base: Base<number>, min: number, max: number, more?: More): Setting<number> {
  const read = (text: string): number | undefined => {
    const value = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : NaN;
    return value >= min && value <= max ? value : undefined;
  };
  return setting(base, `a number from ${min} to ${max}`, read, String, more);
}

const MULTIPLES: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** Bytes, also as 256m or 2g (multiples of 1024). */
export function bytes(base: Base<number>, min: number, max: number, more?: More): Setting<number> {
  const read = (text: string): number | undefined => {
    const match = /^(\d{1,15})([kmgt]?)b?$/i.exec(text);
    const value = Number(match?.[1] ?? NaN) * (MULTIPLES[(match?.[2] ?? "").toLowerCase()] ?? NaN);
    return value >= min && value <= max ? value : undefined;
  };
  return setting({ unit: "bytes", ...base }, `a size from ${size(min)} to ${size(max)}, e.g. 256m`, read, size, more);
}

function size(value: number): string {
  for (const suffix of ["t", "g", "m", "k"]) {
    const multiple = MULTIPLES[suffix] ?? 1;
    if (value >= multiple && value % multiple === 0) return `${value / multiple}${suffix}`;
  }
  return String(value);
}

const TRUTHS: Readonly<Record<string, boolean>> = {
  true: true,
  "1": true,
  on: true,
  yes: true,
  false: false,
  "0": false,
  off: false,
  no: false,
};

/** With `auto` that word is one of its values, and means what holds on this machine. */
export function toggle(base: Base<boolean>, more?: More & { readonly auto?: boolean }): Setting<boolean> {
  const { auto, ...rest } = more ?? {};
  const allowed = `true or false (also 1/0, on/off, yes/no)${auto === undefined ? "" : ", or auto"}`;
  const read = (text: string): boolean | undefined =>
    text.toLowerCase() === "auto" ? auto : TRUTHS[text.toLowerCase()];
  return setting(base, allowed, read, String, rest);
}

export function choice<const T extends string>(base: Base<NoInfer<T>>, values: readonly T[], more?: More): Setting<T> {
  const read = (text: string): T | undefined => values.find((value) => value === text.toLowerCase());
  return setting(base, `one of ${values.join(", ")}`, read, (value) => value, more);
}

/** Text that `valid` accepts. */
export function text(
  base: Base<string>,
  allowed: Allowed,
  valid: (value: string) => boolean,
  more?: More,
): Setting<string> {
  return setting(
    base,
    allowed,
    (value) => (valid(value) ? value : undefined),
    (value) => value,
    more,
  );
}

/** Text or nothing; `hide` takes out what a log must not show. */
export function optionalText(
  base: Base<string | null>,
  allowed: Allowed,
  valid: (value: string) => boolean,
  more?: More & { readonly hide?: (value: string) => string },
): Setting<string | null> {
  const { hide = (value: string) => value, ...rest } = more ?? {};
  const read = (value: string): string | undefined => (valid(value) ? value : undefined);
  return setting(base, allowed, read, (value) => (value === null ? "" : hide(value)), rest);
}

/** Comma-separated; `valid` sees each item, `whole` all. Of what `distinct` calls the same there may be one. */
export function list(
  base: Base<readonly string[]>,
  allowed: Allowed,
  valid: (item: string) => boolean,
  more?: More & {
    readonly distinct?: (item: string) => string;
    readonly whole?: (items: readonly string[]) => boolean;
  },
): Setting<readonly string[]> {
  const { distinct = (item: string) => item, whole = () => true, ...rest } = more ?? {};
  const read = (value: string): readonly string[] | undefined => {
    const items = value
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
    const several = more?.distinct !== undefined && new Set(items.map(distinct)).size < items.length;
    return items.every(valid) && !several && whole(items) ? items : undefined;
  };
  const show = (value: readonly string[]): string =>
    more?.secret === true && value.length > 0 ? "***" : value.join(",");
  return setting(base, allowed, read, show, rest);
}
