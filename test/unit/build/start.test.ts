// Every way in which the engine is started gives node the same options.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { NODE_OPTIONS } from "../../../src/cli/collector.ts";

const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));
const NODE = `node ${NODE_OPTIONS.join(" ")}`;
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

it("npm start, the command's first line and the image start node with the engine's options", () => {
  const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
  expect(scripts["start"]).toBe(`exec ${NODE} build/start.mjs`);
  expect(read("build/out/run/cli/cli.js").split("\n")[0]).toBe(`#!/usr/bin/env -S ${NODE}`);
  const [, words = "[]"] = /^ENTRYPOINT (.*)$/m.exec(read("Dockerfile")) ?? [];
  expect((JSON.parse(words) as string[]).slice(0, -1).join(" ")).toBe(NODE);
});
