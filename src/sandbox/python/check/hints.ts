// Where on its line a fault of syntax is, and what the author is likely to have meant: the interpreter knows the line only.
interface Place {
  readonly column: number | null;
  readonly hint: string | null;
}

/** The first that is found on the line; the column is that of what was found. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/\bprint\s+[^\s(=.,:)]/, "print is a function: print(…)"],
  [/^\s*(?:if|elif|while)\b[^=!<>:]*?[^=!<>:]=(?!=)/, "compare with ==; a single = sets a variable"],
  [/^\s*match\b.*:\s*$/, "match is not in this Python; use if and elif"],
  [/[[(,]\s*\*[^*=]*[\])]/, "a list cannot be unpacked inside a literal here; use list(a) + [b]"],
  [/\{\s*\*\*|,\s*\*\*[^=]*\}/, "a dict cannot be unpacked inside a literal here; use update()"],
  [/\bdef\b[^)]*,\s*\/\s*[,)]/, "arguments by position only (/) are not in this Python; leave the / away"],
  [/\bexcept\s*\*/, "except* is not in this Python; use except"],
  [/^\s*(?:class|def)\s+\w+\s*\[/, "type parameters are not in this Python; leave them away"],
  [/\+\+|--(?=\s*$)/, "write += 1 or -= 1"],
  [/&&|\|\|/, "write and, or"],
  [/\belse\s+if\b/, "write elif"],
];
const BLOCK = /^\s*(?:if|elif|else|for|while|def|class|try|except|finally|with)\b/;

export function placeOf(code: string, line: number | null): Place {
  const text = line === null ? undefined : code.split(/\r\n|\r|\n/)[line - 1];
  if (text === undefined) return { column: null, hint: null };
  for (const [pattern, hint] of HINTS) {
    const found = pattern.exec(text);
    if (found !== null) return { column: found.index + 1 + (/^\s*/.exec(found[0])?.[0].length ?? 0), hint };
  }
  const body = text.replace(/#.*$/, "").trimEnd();
  if (BLOCK.test(body) && !body.endsWith(":") && !body.includes(": "))
    return { column: body.length + 1, hint: "a colon is missing at the end of the line" };
  const column = text.search(/\S/) + 1;
  return { column: column === 0 ? null : column, hint: null };
}
