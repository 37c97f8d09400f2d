// Records as a CSV file (RFC 4180) with the columns of the first one; what is no number and no text is an empty cell. Texts
// that a spreadsheet would take for a formula are quoted away. Pure.
export function csvOf(records: readonly Readonly<Record<string, unknown>>[]): string {
  const names = Object.keys(records[0] ?? {});
  return [names, ...records.map((record) => names.map((name) => record[name]))]
    .map((cells) => `${cells.map(cellOf).join(",")}\r\n`)
    .join("");
}

function cellOf(value: unknown): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  if (typeof value !== "string") return "";
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
