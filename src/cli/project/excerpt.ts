// What is wrong with code, shown in the code: the line, a caret under the column, and what was probably meant.
import { relative } from "node:path";
import { seen, seenLines } from "../../domain/seen.ts";
import type { Diagnostic } from "../../sandbox/sandbox.ts";
import { styled } from "../text.ts";
import type { Project } from "./project.ts";

const TAB = "  ";

export function excerpt(diagnostics: readonly Diagnostic[], project: Project): string {
  return diagnostics.map((one) => excerptOf(one, project)).join("\n\n");
}

function excerptOf({ message, line, column, hint, file }: Diagnostic, { path, code, tests }: Project): string {
  const inTests = file !== undefined;
  const shown = relative(".", inTests ? path.replace(/[^/\\]+$/, file) : path) || path;
  const place = line === null ? shown : `${shown}:${line}${column === null ? "" : `:${column}`}`;
  const head = `${styled("bold", seen(place))}  ${styled("red", seen(message))}`;
  const told = hint === null ? [] : [`${TAB}${styled("green", "hint")}  ${seen(hint)}`];
  const text = line === null ? undefined : (inTests ? (tests ?? "") : code).split(/\r?\n/)[line - 1];
  if (text === undefined || line === null) return [head, ...told].join("\n");
  const number = String(line);
  const before = seenLines(text.slice(0, (column ?? 1) - 1)).replaceAll(/[^\t]/g, " ");
  return [
    head,
    `${TAB}${number} | ${seenLines(text)}`,
    ...(column === null ? [] : [`${TAB}${" ".repeat(number.length)} | ${before}${styled("red", "^")}`]),
    ...told,
  ].join("\n");
}
