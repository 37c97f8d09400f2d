// Reads values out of parsed JSON, one call a field. The first fault is kept, with its place; what is read after it is of
// the right type and means nothing, so callers need to look at `fault` only once, at the end.
const TEXT_MAX = 200;

export class Reader {
  fault: string | null = null;
  private readonly value: unknown;
  private readonly place: string;
  private readonly root: Reader;

  constructor(value: unknown, place = "", root?: Reader) {
    this.value = value;
    this.place = place;
    this.root = root ?? this;
  }

  at(name: string): Reader {
    const here = this.place === "" ? name : `${this.place}.${name}`;
    const { value } = this;
    const found = isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    return new Reader(found, here, this.root);
  }

  get missing(): boolean {
    return this.value === undefined || this.value === null;
  }

  number(): number {
    return typeof this.value === "number" ? this.value : this.wrong("a number", 0);
  }

  numberOrNull(): number | null {
    return this.value === null ? null : typeof this.value === "number" ? this.value : this.wrong("a number or null", 0);
  }

  text(): string {
    return typeof this.value === "string" ? this.value : this.wrong("a text", "");
  }

  flag(): boolean {
    return typeof this.value === "boolean" ? this.value : this.wrong("true or false", false);
  }

  oneOf<T extends string>(allowed: readonly T[]): T {
    const found = allowed.find((one) => one === this.value);
    return found ?? this.wrong(allowed.join(" or "), allowed[0] as T);
  }

  /** Null stands for a value that is not a number. */
  column(): Float64Array {
    if (!Array.isArray(this.value)) return this.wrong("a list of numbers", new Float64Array());
    const list = this.value as readonly unknown[];
    const column = new Float64Array(list.length);
    for (const [index, one] of list.entries()) {
      if (one !== null && typeof one !== "number") return this.wrong("a list of numbers or null", column);
      column[index] = one ?? Number.NaN;
    }
    return column;
  }

  list<T>(read: (one: Reader) => T): readonly T[] {
    if (!Array.isArray(this.value)) return this.wrong("a list", []);
    return (this.value as readonly unknown[]).map((one, index) =>
      read(new Reader(one, `${this.place}[${index}]`, this.root)),
    );
  }

  record<T>(read: (one: Reader) => T): Readonly<Record<string, T>> {
    const { value } = this;
    if (!isRecord(value)) return this.wrong("an object", {});
    return Object.fromEntries(Object.keys(value).map((name) => [name, read(this.at(name))]));
  }

  scalar(): number | string | boolean {
    const { value } = this;
    if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return value;
    return this.wrong("a number, a text, true or false", 0);
  }

  /** Where the parts are right and do not fit together. */
  refuse(reason: string): void {
    this.root.fault ??= `${this.place}: ${reason}`;
  }

  private wrong<T>(wanted: string, instead: T): T {
    const found = this.value === undefined ? "missing" : (JSON.stringify(this.value) ?? "odd").slice(0, TEXT_MAX);
    this.root.fault ??= `${this.place === "" ? "it" : this.place} is ${found}, it must be ${wanted}`;
    return instead;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
