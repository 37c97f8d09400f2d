// What the proofs measured, in docs/reliability.md or another document: each command writes its own section, between two marks that bear its
// name, and nothing else. So no figure there is typed by hand.
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../../../", import.meta.url);

/** Puts `lines` in place of what stood between the section's marks; `measured` says when and where. */
export function record(
  section: string,
  lines: readonly string[],
  measured = `${new Date().toISOString().slice(0, 10)} on ${machine()}`,
  document = "docs/reliability.md",
): void {
  const file = fileURLToPath(new URL(document, ROOT));
  const text = readFileSync(file, "utf8");
  const [begin, end] = [`<!-- ${section}: begin -->`, `<!-- ${section}: end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${document} has no section ${section}`);
  const body = [begin, "", `Measured ${measured}.`, "", ...lines, "", ""].join("\n");
  writeFileSync(file, text.slice(0, from) + body + text.slice(to));
}

/** A table in Markdown, in columns of equal width as prettier sets them. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? "").padEnd(width)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)];
}

export function machine(): string {
  const all = cpus();
  return `${all.length} cores of ${all[0]?.model.trim() ?? "an unknown processor"}, Node ${process.version}`;
}
