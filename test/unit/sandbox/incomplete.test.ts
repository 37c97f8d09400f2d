// An installation that lacks the files that strategies are compiled with: what is compiled fails and says so, and the
// process that asked for it goes on.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));
const PROGRAM = `
import { Compilers } from "./build/out/src/sandbox/compile/compilers.js";
const compilers = new Compilers({ memoryBytes: 1048576, timeoutMs: 60000, folder: "kept" });
compilers.ahead("early");
await new Promise((resolve) => setImmediate(resolve));
console.log(JSON.stringify(await compilers.compile("late")));
compilers.close();
`;

it("a compiler without its own files answers a fault, also where nobody waits for the answer", () => {
  const folder = mkdtempSync(join(tmpdir(), "incomplete-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const room of ["domain", "store", "sandbox"])
    cpSync(join(ROOT, "build/out/src", room), join(folder, "build/out/src", room), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "program.js"), PROGRAM);
  const said = execFileSync(process.execPath, ["program.js"], { cwd: folder, encoding: "utf8", stdio: "pipe" });
  expect(JSON.parse(said)).toMatchObject({
    ok: false,
    failure: [{ message: expect.stringMatching(/not beside/) as string }],
  });
});
