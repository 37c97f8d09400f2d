// The fenced blocks of a Markdown file, in order, with what a reader does with each.
export interface Block {
  readonly file: string;
  /** Of the fence. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** `file=NAME` behind the language: the block is the content of that file. */
  readonly target: string | null;
  /** The block stands directly behind another: if that was run, this is what it says. */
  readonly follows: boolean;
}

export function blocksOf(file: string, markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split("\n");
  let begin: number | null = null;
  let ended = -2;
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith("```")) {
      if (begin === null && line.trim() !== "") ended = -2;
      continue;
    }
    if (begin === null) {
      begin = index;
      continue;
    }
    const [language = "", ...marks] = (lines[begin] ?? "").slice(3).trim().split(/\s+/);
    const target = marks.find((mark) => mark.startsWith("file="))?.slice("file=".length) ?? null;
    const text = lines.slice(begin + 1, index).join("\n");
    blocks.push({ file, line: begin + 1, language, text, target, follows: ended >= 0 });
    begin = null;
    ended = index;
  }
  if (begin !== null) throw new Error(`${file}:${begin + 1}: the block has no end`);
  return blocks;
}

/** Up to a gap in it. */
export function firstLine({ text }: Pick<Block, "text">): string {
  const line = text.split("\n").find((one) => one.trim() !== "") ?? "";
  return line.trim().split(/ {3,}/)[0] ?? "";
}

/** What of a `json` block the answer lacks; "…" in it stands for anything. Further fields of the answer do not matter. */
export function lacking(expected: unknown, found: unknown, path = "the answer"): readonly string[] {
  if (expected === "…") return found === undefined ? [`${path} is missing`] : [];
  if (typeof expected !== "object" || expected === null)
    return Object.is(expected, found) ? [] : [`${path} is ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`];
  if (typeof found !== "object" || found === null) return [`${path} is ${JSON.stringify(found)}`];
  if (Array.isArray(expected) && (!Array.isArray(found) || found.length !== expected.length))
    return [`${path} has not ${expected.length} entries`];
  return Object.entries(expected).flatMap(([name, value]) =>
    lacking(value, (found as Record<string, unknown>)[name], `${path}.${name}`),
  );
}

/** Lines of a `text` block that the output does not have in this order; … in them stands for anything. */
export function unsaid(expected: string, output: string): readonly string[] {
  const lines = output.split("\n");
  let from = 0;
  return expected.split("\n").filter((line) => {
    const pattern = new RegExp(`^${line.split("…").map(escaped).join(".*")}$`);
    const at = lines.findIndex((said, index) => index >= from && pattern.test(said.trimEnd()));
    if (at >= 0) from = at + 1;
    return at < 0;
  });
}

/** Runs of blanks align columns; how many there are does not matter. */
function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/ +/g, " +");
}
