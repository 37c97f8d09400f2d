// A tree of source files as text, by path from the repository's root with forward slashes. Rules are functions over
// such a tree, so that a test can hand them a made-up one.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

export type Tree = ReadonlyMap<string, string>;

const TEXT = /\.(ts|tsx|mjs|json|md|txt|yml|yaml|html|css|c|lua|py|sh)$|^(\.[\w-]+\/)?[\w.-]+$/;

/** What git knows or would add: generated and ignored files are not ours to judge. */
export function readTree(root: string): Tree {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root });
  const paths = listed.toString("utf8").split("\n");
  const text = paths.filter((path) => path !== "package-lock.json" && TEXT.test(path) && existsSync(join(root, path)));
  const pictures = paths.filter((path) => path.endsWith(".png") && existsSync(join(root, path)));
  // Pictures are there for links to them; there is nothing to read in them.
  return new Map([
    ...text.map((path) => [path, readFileSync(join(root, path), "utf8")] as const),
    ...pictures.map((path) => [path, ""] as const),
  ]);
}

export function treeOf(files: Readonly<Record<string, string>>): Tree {
  return new Map(Object.entries(files));
}

export function under(tree: Tree, ...folders: readonly string[]): readonly (readonly [string, string])[] {
  return [...tree].filter(([path]) => folders.some((folder) => path.startsWith(`${folder}/`)) && path.endsWith(".ts"));
}

/** The code alone: comments and the insides of strings and regular expressions become spaces, lines stay. */
export function codeOf(text: string): string {
  return text.replace(TOKENS, (token, before: string | undefined) => {
    if (before === undefined) return blank(token);
    return before + blank(token.slice(before.length));
  });
}
const TOKENS = new RegExp(
  [
    String.raw`\/\/[^\n]*`,
    String.raw`\/\*[\s\S]*?\*\/`,
    String.raw`"(?:[^"\\\n]|\\.)*"`,
    String.raw`'(?:[^'\\\n]|\\.)*'`,
    String.raw`\x60(?:[^\x60\\]|\\.)*\x60`,
    // A slash starts a regular expression only where no operand can stand before it.
    String.raw`((?:^|[(,=:\[!&|?{};]|=>|\breturn)\s*)\/(?![*\/])(?:[^\/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[dgimsuvy]*`,
  ].join("|"),
  "g",
);
function blank(token: string): string {
  return token.replace(/[^\n]/g, " ");
}

/** Paths of the tree that a file imports; packages and node's own modules are left out. */
export function importsOf(path: string, text: string): readonly string[] {
  const withoutComments = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/[^\n]*/gm, blank);
  const found = withoutComments.matchAll(/(?:\bfrom|\bimport\s*\(?)\s*"(\.{1,2}\/[^"]+)"/g);
  return [...found].map(([, target]) => {
    const joined = posix.normalize(posix.join(posix.dirname(path), target ?? ""));
    return /\.[a-z]+$/.test(joined) ? joined : `${joined}.ts`;
  });
}
