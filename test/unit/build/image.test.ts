// What an installation has to have with it: the image copies what the package lists, and both hold whatever the published
// parts of the core import.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));
const { files } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly files: readonly string[] };
/** For people to read, and what runs beside the engine. */
const TO_READ = /^(deploy|docs|examples|[A-Z]+\.md)$/;

/** Sources of the final stage's COPY lines, those of another stage by their path in it. */
function copied(): readonly string[] {
  const [last = ""] = readFileSync(join(ROOT, "Dockerfile"), "utf8")
    .split(/^FROM /m)
    .slice(-1);
  return last
    .split("\n")
    .filter((line) => line.startsWith("COPY "))
    .flatMap((line) => line.split(/\s+/).slice(1, -1))
    .filter((word) => !word.startsWith("--"))
    .map((path) => path.replace(/^\/app\//, ""));
}

const within = (path: string, listed: readonly string[]): boolean =>
  listed.some((one) => path === one || path.startsWith(`${one}/`));

it("the image holds everything that the package lists, save what is there to be read", () => {
  const needed = files.filter((one) => !one.startsWith("!") && !TO_READ.test(one));
  expect(needed).toContain("assembly/sdk");
  expect(needed.filter((one) => !within(one, copied()))).toEqual([]);
});

it("the published parts of the core import nothing that is not published", () => {
  const published = files.filter((one) => one.startsWith("assembly/"));
  const sources = published.flatMap((one) =>
    statSync(join(ROOT, one)).isDirectory()
      ? readdirSync(join(ROOT, one), { recursive: true, encoding: "utf8" })
          .filter((name) => name.endsWith(".ts"))
          .map((name) => join(one, name))
      : [one],
  );
  const missing = sources.flatMap((source) =>
    [...readFileSync(join(ROOT, source), "utf8").matchAll(/^(?:import|export|\}).* from "(\.[^"]+)";/gm)]
      .map(([, to = ""]) => resolve(ROOT, dirname(source), to))
      .map((to) => relative(ROOT, existsSync(`${to}.ts`) ? `${to}.ts` : join(to, "index.ts")))
      .filter((to) => !within(to, published))
      .map((to) => `${source} imports ${to}`),
  );
  expect(sources.length).toBeGreaterThan(published.length);
  expect(missing).toEqual([]);
});

interface Stage {
  readonly name: string;
  readonly steps: readonly { readonly word: string; readonly text: string }[];
}
interface Reader {
  stagesOf(text: string): readonly Stage[];
  copyOf(text: string): { readonly from: string | null; readonly sources: readonly string[]; readonly to: string };
  ignored(root: string): (path: string) => boolean;
  wordsOf(stage: Stage, word: string): readonly string[];
}
const reader = (await import(`${ROOT}build/dockerfile.mjs`)) as Reader;

it("the proof reads every step of the Dockerfile, and refuses one that it cannot carry out", () => {
  const text = readFileSync(join(ROOT, "Dockerfile"), "utf8");
  const stages = reader.stagesOf(text);
  expect(stages.map(({ name }) => name)).toEqual(["build", "packages", "2"]);
  const last = stages.at(-1);
  const user = last?.steps.findIndex(({ word }) => word === "USER") ?? -1;
  expect(last?.steps.slice(user).some(({ word }) => word === "RUN")).toBe(false);
  expect(last && reader.wordsOf(last, "CMD")).toEqual(["serve"]);
  expect(reader.stagesOf("FROM x AS y\nRUN a \\\n  && b\n# c\n")[0]?.steps).toEqual([{ word: "RUN", text: "a && b" }]);
  expect(() => reader.stagesOf(`${text}\nADD a b\n`)).toThrow("does not know: ADD a b");
  expect(reader.copyOf("--from=build /app/a b /c/")).toEqual({ from: "build", sources: ["/app/a", "b"], to: "/c/" });
});

it("the build sees the sources and neither packages, built things, data nor history", () => {
  const out = reader.ignored(ROOT);
  const seen = ["src/main.ts", "package-lock.json", ".npmrc", "build/compile.mjs", "src/data/a.ts", ".github.md"];
  expect(seen.filter((path) => out(path))).toEqual([]);
  const hidden = ["node_modules/ws/index.js", "bench/peers/node_modules/x", "build/out/core.wasm", "data/engine.db"];
  expect([...hidden, ".git", ".git/config", "run.log"].filter((path) => !out(path))).toEqual([]);
});
