// The compiler of strategies as the build makes it: it needs no package, and compiles.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { RSI_CODE } from "../../support/strategy-code.ts";

const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));
const MADE = join(ROOT, "build/out/compiler");
const PROGRAM = `
import { compile, loadCompiler } from "./build/out/src/sandbox/compile/compiler.js";
const source = { code: ${JSON.stringify(RSI_CODE)}, tests: null };
const { ok, value, failure } = await compile(await loadCompiler(), source, 1048576);
console.log(ok ? WebAssembly.validate(value) : JSON.stringify(failure));
`;

it("has its WebAssembly beside it, not as a text within", () => {
  expect(statSync(join(MADE, "asc.js")).size).toBeLessThan(4 << 20);
  expect(WebAssembly.validate(readFileSync(join(MADE, "binaryen.wasm")))).toBe(true);
});

it("is what compiles a strategy, without a package", () => {
  const folder = mkdtempSync(join(tmpdir(), "made-compiler-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const room of ["domain", "store", "sandbox"])
    cpSync(join(ROOT, "build/out/src", room), join(folder, "build/out/src", room), { recursive: true });
  cpSync(MADE, join(folder, "build/out/compiler"), { recursive: true });
  cpSync(join(ROOT, "build/out/assembly"), join(folder, "build/out/assembly"), { recursive: true });
  symlinkSync(join(ROOT, "assembly"), join(folder, "assembly"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "program.js"), PROGRAM);
  expect(execFileSync(process.execPath, ["program.js"], { cwd: folder, encoding: "utf8" })).toBe("true\n");
});
