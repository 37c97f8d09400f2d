// In which language a strategy's text is written, where its sender does not say. A line that only the rules of composed
// strategies have (`buy when ...`) decides it. Else each line votes for what only one of the two others writes; texts in quotes and comments do not vote. Without a majority it is Python, which the
// existing clients send. Of a line only the beginning and the last character are looked at, and every pattern is tried
// on that alone, so a text made to be slow takes no longer than any other.
import type { Language } from "../../sandbox/sandbox.ts";

const PYTHON = [
  /^\s*(async\s+)?def\s+\w+\s*\(/,
  /^\s*class\s+\w+\s*(\([^)]*\))?\s*:\s*$/,
  /^\s*(if|elif|else|for|while|try|except|finally|with)\b[^{]*:\s*$/,
  /^\s*from\s+[\w.]+\s+import\b/,
  /^\s*import\s+\w+(\.\w+)*(\s+as\s+\w+)?\s*$/,
  /^\s*@\w+/,
  /\bself\.\w/,
  /\b(None|True|False|elif|lambda|not in)\b/,
  /^\s*#/,
];
const ASSEMBLYSCRIPT = [
  /^\s*export\s+(function|class|const|let|enum|default)\b/,
  /^\s*import\s+.*\bfrom\s+""/,
  /^\s*(const|let|var)\s+\w/,
  /\bfunction\b[^:]*\(/,
  /\bclass\s+\w+[^:]*\{/,
  /:\s*(f64|f32|i32|u32|i64|u64|bool|boolean|usize|void|string|StaticArray)\b/,
  /\bthis\.\w/,
  /===|!==|&&|\|\||=>/,
];

/** Nothing else reads like this. */
const RULE = /(?:^|;)\s*(?:buy|sell|exit)[ \t]+when\b/;

const LINE_MAX = 200;

export function languageOf(code: string): Language {
  let python = 0;
  let assemblyscript = 0;
  for (const whole of withoutText(code).split("\n")) {
    const line = whole.slice(0, LINE_MAX);
    if (RULE.test(line)) return "rules";
    if (PYTHON.some((sign) => sign.test(line))) python++;
    if (";{}".includes(whole.trimEnd().at(-1) ?? "x") || ASSEMBLYSCRIPT.some((sign) => sign.test(line)))
      assemblyscript++;
  }
  return assemblyscript > python ? "assemblyscript" : "python";
}

/** Quoted texts become empty ones, comments of AssemblyScript go; `#` stays, because it is a sign of its own. */
function withoutText(code: string): string {
  return code.replace(TEXT, (found) => {
    if (found.startsWith("#")) return "#";
    return found.startsWith("/") ? "" : '""';
  });
}
// A text that is not closed ends with its line (or the whole), so no character is passed twice.
const TEXT =
  /"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|`(?:[^`\\]|\\[^])*`?|\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|#[^\n]*/g;
