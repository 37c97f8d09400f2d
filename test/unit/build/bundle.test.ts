// What is started: one file for each program, in which everything is found again.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));
const RUN = join(ROOT, "build/out/run");
const SRC = join(ROOT, "build/out/src");
const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly dependencies: Readonly<Record<string, string>>;
};

interface Written {
  readonly file: string;
  readonly text: string;
}

function written(folder: string): readonly Written[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"));
  return files.map((name) => ({ file: join(folder, name), text: readFileSync(join(folder, name), "utf8") }));
}

/** Files that are meant by `new URL("...", import.meta.url)`, also where the one is within another. */
function placesOf({ file, text }: Written): readonly string[] {
  const plain = text.matchAll(/new URL\("(\.{1,2}\/[^"]+)", import\.meta\.url\)/g);
  return Array.from(plain, ([, place = ""]) => join(dirname(file), place));
}

/** `libsql/promise` is a part of `libsql`. */
function packageOf(name: string): string {
  return name.split("/", name.startsWith("@") ? 2 : 1).join("/");
}

it("every thread that a module starts is a program of its own, and so is the command line", () => {
  const started = written(SRC)
    .flatMap(placesOf)
    .filter((file) => file.endsWith(".js"))
    .map((file) => file.replace(SRC, RUN));
  expect(started.length).toBeGreaterThan(10);
  expect([...started, join(RUN, "cli/cli.js")].filter((file) => !existsSync(file))).toEqual([]);
});

it("a program finds the files that its modules ask for", () => {
  const places = written(RUN).flatMap(placesOf);
  expect(places.length).toBeGreaterThan(20);
  expect(places.filter((place) => !existsSync(place))).toEqual([]);
});

it("a program needs node, its own parts and packages that are installed with the engine", () => {
  const known = new Set([...Object.keys(dependencies), ...builtinModules]);
  const needed = written(RUN).flatMap(({ file, text }) => {
    const found = text.matchAll(/^import (?:[^;"']* from )?"([^"]+)";$/gm);
    return Array.from(found, ([, name = ""]) => ({ file: file.replace(RUN, ""), name }));
  });
  const strange = needed.filter(({ name }) => {
    const quoted = name.startsWith("strategy-engine/") || name === "./strategy"; // in texts of examples
    return !quoted && !name.startsWith("node:") && !name.startsWith("./") && !known.has(packageOf(name));
  });
  expect(strange).toEqual([]);
});

it("the command line begins with one file and what each command shares, and loads the command that is asked for", () => {
  const known = new Map(written(join(RUN, "cli")).map(({ file, text }) => [file, text]));
  const loaded = new Set([join(RUN, "cli/cli.js")]);
  for (const file of loaded) {
    const found = known.get(file)?.matchAll(/^import (?:[^;"']* from )?"(\.\/[^"]+)";$/gm) ?? [];
    for (const [, part = ""] of found) loaded.add(join(RUN, "cli", part));
  }
  const sizes = (files: Iterable<string>): number =>
    [...files].reduce((sum, file) => sum + (known.get(file)?.length ?? 0), 0);
  expect(loaded.size).toBeLessThan(6);
  expect(sizes(loaded)).toBeLessThan(sizes(known.keys()) / 20);
});

it("what is inside a program comes with its licence", () => {
  const inside = new Set(
    written(RUN).flatMap(({ text }) =>
      Array.from(text.matchAll(/^\/\/ \S*node_modules\/((?:@[^/]+\/)?[^/]+)/gm), ([, name = ""]) => name),
    ),
  );
  const licences = readFileSync(join(RUN, "LICENCES.txt"), "utf8");
  expect(inside.size).toBeGreaterThan(10);
  expect([...inside].filter((name) => !licences.includes(`==== ${name} `))).toEqual([]);
});
