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

/** A heading's anchor, as pages of Markdown make it. */
function anchorOf(heading: string): string {
  const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
  return plain.replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}

interface Link {
  /** Path from the root, without a slash at its end. */
  readonly target: string;
  readonly anchor: string | null;
}

function linksOf(path: string, text: string): readonly Link[] {
  return [...text.matchAll(/\]\((?!https?:)([^)\s]+)/g)].map(([, target = ""]) => {
    const { pathname, hash } = new URL(target, `file:///${path}`);
    return { target: pathname.slice(1).replace(/\/$/, ""), anchor: hash === "" ? null : hash.slice(1) };
  });
}

/** Links between the documents must lead somewhere, those into a document to one of its headings. */
export function deadLinks(tree: Tree): readonly string[] {
  const paths = [...tree.keys()];
  const fault = ({ target, anchor }: Link): string | null => {
    const text = tree.get(target);
    if (text === undefined)
      return paths.some((known) => known.startsWith(`${target}/`)) ? null : `${target}, which does not exist`;
    if (anchor === null) return null;
    const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));
    return headings.includes(anchor) || anchor === "top" ? null : `${target}#${anchor}, where no heading is called so`;
  };
  return [...tree]
    .filter(([path]) => path.endsWith(".md"))
    .flatMap(([path, text]) =>
      linksOf(path, text)
        .map(fault)
        .filter((one) => one !== null)
        .map((one) => `${path} links to ${one}`),
    );
}

/** Whoever begins at README.md can come to each document by following links; a link to a folder leads to all in it. */
export function unreached(tree: Tree): readonly string[] {
  const documents = [...tree.keys()].filter((path) => /^(docs\/.*|[^/]*)\.md$/.test(path));
  const reached = new Set(["README.md"]);
  for (const path of reached) {
    for (const { target } of linksOf(path, tree.get(path) ?? ""))
      for (const one of documents) if (one === target || one.startsWith(`${target}/`)) reached.add(one);
  }
  return documents.filter((path) => !reached.has(path)).map((path) => `${path} cannot be reached from README.md`);
}
