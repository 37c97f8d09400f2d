// What a change has made of a record: of both sides only what is different. Pure.

/** What is no pair of records is shown whole. */
export function turned(from: unknown, to: unknown): readonly [from: unknown, to: unknown] {
  if (!isRecord(from) || !isRecord(to)) return [from, to];
  const isSame = (name: string): boolean => JSON.stringify(from[name]) === JSON.stringify(to[name]);
  const different = (side: Fields): Fields =>
    Object.fromEntries(Object.entries(side).filter(([name]) => !isSame(name)));
  return [different(from), different(to)];
}

type Fields = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
