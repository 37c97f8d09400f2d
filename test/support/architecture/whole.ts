// Rules about the repository as a whole: what exists must be tested and told.
import { importsOf, type Tree, under } from "./tree.ts";

/** A twin or a test bears the name of the kernel, or names it in words. A part of a kernel (a file that another kernel imports) is tested through it. */
export function kernelsWithoutTwin(tree: Tree): readonly string[] {
  const tests = under(tree, "test");
  const kernels = under(tree, "assembly/kernels");
  const parts = new Set(kernels.flatMap(([path, text]) => importsOf(path, text)));
  return kernels
    .map(([path]) => path)
    .filter((path) => !parts.has(path))
    .filter((path) => {
      const name = path.slice(path.lastIndexOf("/") + 1, -3);
      const inWords = name.replaceAll("-", " ");
      return !tests.some(([test, text]) => test.includes(`/${name}`) || text.includes(inWords));
    })
    .map((path) => `${path} has neither a twin of its name below test/ nor a test that names it`);
}

/** Commands that a newcomer is promised. */
const COMMANDS = ["npm ci && npm start", "npm ci && npm test"] as const;

export function untold(tree: Tree, builtStrategies: readonly string[]): readonly string[] {
  const faults: string[] = [];
  const need = (file: string, words: readonly string[]): void => {
    const text = tree.get(file);
    if (text === undefined) faults.push(`${file} does not exist`);
    else for (const word of words) if (!text.includes(word)) faults.push(`${file} does not mention ${word}`);
  };
  const { version } = JSON.parse(tree.get("package.json") ?? "{}") as { readonly version?: string };
  need("README.md", [...COMMANDS, ...builtStrategies, "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]);
  need("CHANGELOG.md", [version ?? "a version", ...builtStrategies]);
  need("CONTRIBUTING.md", ["git config core.hooksPath .githooks", "npm run check"]);
  need(".ci/run", [COMMANDS[1], "npm run check", "npm run gates"]);
  const adrs = [...tree.keys()].filter((path) => path.startsWith("docs/adr/")).map((path) => path.slice(9));
  adrs.forEach((name, index) => {
    const number = String(index + 1).padStart(4, "0");
    if (!name.startsWith(`${number}-`)) faults.push(`docs/adr/${name} should be number ${number}`);
  });
  return faults;
}

/** Links between the documents must lead somewhere. */
export function deadLinks(tree: Tree): readonly string[] {
  const paths = [...tree.keys()];
  return [...tree]
    .filter(([path]) => path.endsWith(".md"))
    .flatMap(([path, text]) =>
      [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .map(([, target]) => new URL(target ?? "", `file:///${path}`).pathname.slice(1))
        .filter(
          (target) => !paths.some((known) => known === target || known.startsWith(`${target.replace(/\/$/, "")}/`)),
        )
        .map((target) => `${path} links to ${target}, which does not exist`),
    );
}
