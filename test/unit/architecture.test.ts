// The rules of CONTRIBUTING.md as a test, over the sources as text. Each rule first proves on a made-up tree that it
// can fail, then holds for the real one.
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { STRATEGIES } from "../../src/domain/strategies.ts";
import * as imports from "../support/architecture/imports.ts";
import * as shape from "../support/architecture/shape.ts";
import { codeOf, importsOf, readTree, type Tree, treeOf } from "../support/architecture/tree.ts";
import * as whole from "../support/architecture/whole.ts";

const TREE = readTree(fileURLToPath(new URL("../../../../", import.meta.url)));
const BUILT = STRATEGIES.filter((strategy) => strategy.built).map((strategy) => strategy.name);

/** Files of the data plane that may read a clock, and why. */
const CLOCKS: shape.Exceptions = {
  "src/stream/beats.ts": "measures how long a tier took",
  "src/stream/journal/journal-worker.ts": "hands the clocks of the machine to the loop of its thread",
  "src/stream/recover.ts": "says how long a restart took",
  "src/stream/replay.ts": "says how long a replay took",
  "src/stream/warm-up.ts": "says how long warming up took",
};

/** Files that write to the terminal by themselves, and why. */
const TERMINALS: shape.Exceptions = {
  "src/cli/text.ts": "is the way out of what commands say",
  "src/cli/top/top.ts": "draws over what it drew before; each piece of a line is made harmless by itself",
  "src/telemetry/log.ts": "says how many lines nobody read, when the process ends",
};

type Rule = (tree: Tree) => readonly string[];

/** The rule finds exactly `faults` files in the made-up tree, and none in ours. */
function holds(rule: Rule, faults: number, made: Readonly<Record<string, string>>): void {
  expect(rule(treeOf(made)), "in the made-up tree").toHaveLength(faults);
  expect(rule(TREE)).toEqual([]);
}

describe("imports", () => {
  it("flow from right to left through the rooms", () => {
    holds(imports.importsAgainstTheFlow, 4, {
      "src/bus/bus.ts": 'import { serve } from "../server/server.ts";',
      "src/server/server.ts": 'import { Bus } from "../bus/bus.ts";\nimport type { X } from "../engine/engine.ts";',
      "src/utils/pad.ts": 'import { a } from "../domain/a.ts";',
      "src/config.ts":
        'import { cycle } from "../assembly/cycle.ts";\nimport * as layout from "../assembly/layout.ts";',
    });
  });

  it("go through the door of a room", () => {
    holds(imports.importsPastDoors, 4, {
      "src/manage/registry.ts":
        'import { rows } from "../store/strategies.ts";\nimport { open } from "../store/sqlite/open.ts";',
      "src/server/server.ts":
        'import { Ring } from "../stream/rings/event-ring.ts";\nexport * from "../stream/stream.ts";',
      "src/server/live/feed.ts": 'import { x } from "../router.ts";\nimport { config } from "../../config.ts";',
      "src/stream/stream.ts": 'import { check } from "./risk/rules.ts";\nimport { Risk } from "./risk/risk.ts";',
      "src/stream/risk/risk.ts": 'import { x } from "./rules.ts";\nimport { Ring } from "../rings/event-ring.ts";',
      "src/stream/sinks/archive.ts": 'const late = await import("../risk/rules.ts");',
    });
  });

  it("of the published client bring no code of the engine", () => {
    holds(imports.clientTiedToTheEngine, 1, {
      "src/client/rest.ts": 'import type { A } from "../server/server.ts";\nimport { B } from "../server/server.ts";',
      "src/client/live.ts":
        'import { CLOSE } from "../domain/live-protocol.ts";\nexport type { C } from "../manage/manage.ts";',
    });
  });

  it("from the core are constants", () => {
    holds(imports.sharedWithCode, 1, {
      "assembly/layout.ts": 'export const A = 0x10; // "one"\nexport const B = (A + 1) << 2;',
      "assembly/wire.ts": "export const A = 1;\nexport let b = 2;",
    });
  });

  it("never run in a circle", () => {
    holds(imports.importCycles, 1, {
      "src/domain/a.ts": 'import { b } from "./b.ts";\nimport { c } from "./c.ts";',
      "src/domain/b.ts": 'import { c } from "./c.ts";',
      "src/domain/c.ts": 'import type { a } from "./a.ts";',
      "src/domain/d.ts": 'import { a } from "./a.ts";',
    });
  });

  it("of the core stay inside the core", () => {
    holds(imports.coreImportsOutside, 1, {
      "assembly/cycle.ts": 'import { ln } from "./math/ln";\nimport { clamp } from "../src/domain/clamp";',
    });
  });
});

describe("a file", () => {
  it(`has at most ${shape.FILE_LINES_MAX} lines`, () => {
    const max = "x;\n".repeat(shape.FILE_LINES_MAX);
    holds(shape.longFiles, 1, { "src/a.ts": max, "src/b.ts": `${max}x;` });
  });

  it(`has functions of at most ${shape.FUNCTION_LINES_MAX} lines`, () => {
    const body = "x;\n".repeat(shape.FUNCTION_LINES_MAX - 1);
    holds(shape.longFunctions, 4, {
      "src/plain.ts": `export function f(a: number): Map<string, number> {\n${body}}`,
      "src/arrow.ts": `const f = (a) => {\n${body}};`,
      "src/method.ts": `class A {\n  async f(a = g()): Promise<void> {\n${body}  }\n}`,
      "src/inner.ts": `function f() {\n${body.slice(3)}if (a(b)) {\nx;\n}\n}`,
      "src/fits.ts": `function f() {\n${body.slice(3)}}\nif (a) {\n${body}x;\n}`,
      "test/a.test.ts": `describe("a", () => {\n${body}it("b", () => {});\n});`,
    });
  });

  it("is named in kebab-case", () => {
    holds(shape.badNames, 2, { "src/eventRing.ts": "", "test/unit/a_b.test.ts": "", "bench/a-b.bench.ts": "" });
  });

  it("has no default export and is no barrel", () => {
    holds(shape.barrelsAndDefaults, 3, {
      "src/a.ts": "export default 1;",
      "src/bus/index.ts": "export const a = 1;",
      "src/b.ts": 'export * from "./a.ts";\n// export default 2;',
    });
  });

  it("opens with what it promises", () => {
    holds(shape.withoutHeader, 1, { "src/a.ts": "export const a = 1;", "src/b.ts": "// One.\nexport const b = 1;" });
  });

  it("of the data plane or the core reads no clock and no random number", () => {
    holds((tree) => shape.impureFiles(tree, tree === TREE ? CLOCKS : { "src/stream/b.ts": "wall" }), 2, {
      "src/stream/a.ts": "const t = Date.now();",
      "src/stream/b.ts": "const t = performance.now();",
      "src/stream/c.ts": "// Date.now() is not called here",
      "src/server/a.ts": "const t = Date.now();",
      "assembly/a.ts": "const r = Math.random();",
    });
  });

  it("does not keep an exception that it no longer needs", () => {
    const tree = treeOf({ "src/stream/a.ts": "const t = 1;" });
    expect(shape.impureFiles(tree, { "src/stream/a.ts": "wall" })).toHaveLength(1);
  });

  it("reads the environment in config.ts only", () => {
    const text = "const port = process.env.PORT;";
    holds(shape.environmentReaders, 1, { "src/config.ts": text, "src/bus/bus.ts": text });
  });

  it("writes to the terminal in one place", () => {
    const [out, err] = ["process.stdout.write(text);", "process.stderr.write(text);"];
    holds((tree) => shape.terminalWriters(tree, tree === TREE ? TERMINALS : { "src/cli/text.ts": "it" }), 2, {
      "src/cli/text.ts": out,
      "src/cli/tail.ts": err,
      "src/cli/top/top.ts": `const text = draw();\n${out}`,
      "src/cli/read.ts": 'const size = process.stdout.columns; // process.stdout.write("no")',
    });
  });

  it("holds nothing unfinished and no path of one machine", () => {
    const note = ["// TO", "DO: later"].join("");
    holds(shape.leftovers, 3, {
      "src/a.ts": note,
      "README.md": ["See /ho", "me/somebody/engine and /wo", "rk/main on one line."].join(""),
      Dockerfile: ["RUN ls /ro", "ot/engine"].join(""),
      "src/b.ts": "// What is left todo by the caller.",
    });
  });
});

describe("a test file", () => {
  it("asserts something and runs all of it", () => {
    holds(shape.testsWithoutAssertion, 2, {
      "test/unit/a.test.ts": 'it("runs", () => { run(); }); // expect(1)',
      "test/unit/b.test.ts": 'it.skip("runs", () => { expect(1).toBe(1); });',
      "test/unit/c.test.ts": 'it("runs", () => { fc.assert(property); });',
    });
  });

  it("leaves the process to the next one as it was", () => {
    holds(shape.tracesInTheProcess, 4, {
      "test/support/page.ts": "afterAll(() => close());",
      "test/support/asked.ts": "export function inPage(): void {\n  afterAll(() => close());\n}",
      "test/unit/a.test.ts": 'beforeAll(() => {\n  process.env["PORT"] = "1";\n});',
      "test/unit/b.test.ts": "delete process.env.PORT;",
      "test/unit/c.test.ts": "process.chdir(folder);",
      "test/unit/d.test.ts": 'beforeAll(open);\nexpect(process.env["PORT"] === "1").toBe(true);',
    });
  });
});

describe("the repository", () => {
  it("has a twin or a test for every kernel", () => {
    holds(whole.kernelsWithoutTwin, 1, {
      "assembly/kernels/htf/a-b.ts": 'import { part } from "./part";',
      "assembly/kernels/htf/c.ts": "",
      "assembly/kernels/htf/part.ts": "",
      "test/support/twins/a-b.ts": "",
    });
  });

  it("tells what it does and how to run it", () => {
    expect(whole.untold(treeOf({ "README.md": "npm ci && npm start" }), ["momentum_rider"]).length).toBeGreaterThan(5);
    expect(whole.untold(treeOf({ "docs/adr/0002-two.md": "" }), [])).toContain(
      "docs/adr/0002-two.md should be number 0001",
    );
    expect(whole.untold(TREE, BUILT)).toEqual([]);
  });

  it("has no dead link between its documents", () => {
    holds(whole.deadLinks, 2, {
      "README.md": "[a](ARCHITECTURE.md) [b](docs/adr/) [c](https://example.org) [d](#top) [e](docs/gone.md)",
      "ARCHITECTURE.md": "## A tick's `life`, told",
      "docs/adr/0001-one.md":
        "[up](../../README.md#top) [a](../../ARCHITECTURE.md#a-ticks-life-told) [b](../../ARCHITECTURE.md#told)",
    });
  });

  it("leads from README.md to every document", () => {
    holds(whole.unreached, 1, {
      "README.md": "[a](docs/README.md)",
      "docs/README.md": "[b](adr)",
      "docs/adr/0001-one.md": "",
      "docs/lost.md": "[home](../README.md)",
    });
  });
});

describe("the reader of sources", () => {
  it("blanks comments, strings and regular expressions and keeps the lines", () => {
    const code = codeOf('a = "{"; // {\nb = /[{/]"/.test(c) / 2; /* {\n{ */ d = `{`;');
    expect(code.replaceAll(/ +/g, " ")).toBe("a = ; \nb = .test(c) / 2; \n d = ;");
  });

  it("resolves imports against the importing file, with and without extension", () => {
    const text =
      'import { a } from "../b/c.ts";\n// from "./no.ts"\nexport { d } from "./e";\nimport fs from "node:fs";';
    expect(importsOf("src/x/y.ts", text)).toEqual(["src/b/c.ts", "src/x/e.ts"]);
  });
});
