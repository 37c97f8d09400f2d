// HTML from templates: what is put into one is escaped, whatever it is, unless it is markup itself.
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Markup | null | readonly Part[];

export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let all = texts[0] ?? "";
  for (const [index, part] of parts.entries()) all += inserted(part) + (texts[index + 1] ?? "");
  return new Markup(all);
}

function inserted(part: Part): string {
  if (part === null) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(inserted).join("");
  return escaped(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Also safe inside quoted attributes; control characters, which HTML does not have, become blanks. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (letter) => ENTITIES[letter] ?? "").replaceAll(/[^\P{Cc}\t\n\r]/gu, " ");
}
