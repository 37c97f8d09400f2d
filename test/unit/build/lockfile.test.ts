import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));

interface Completer {
  platformOf(name: string): Readonly<Record<string, readonly string[]>>;
  missingEntries(lock: unknown): ReadonlyMap<string, unknown>;
  namedHosts(lock: unknown): readonly string[];
  looseVersions(manifest: unknown): readonly string[];
}
const completer = (await import(`${ROOT}build/complete-lockfile.mjs`)) as Completer;

it("a platform is read from a package's name", () => {
  expect(completer.platformOf("@typescript/typescript-darwin-arm64")).toEqual({ os: ["darwin"], cpu: ["arm64"] });
  const musl = { os: ["linux"], cpu: ["arm"], libc: ["musl"] };
  expect(completer.platformOf("@oxlint/binding-linux-arm-musleabihf")).toEqual(musl);
  const glibc = { os: ["linux"], cpu: ["x64"], libc: ["glibc"] };
  expect(completer.platformOf("@rolldown/binding-linux-x64-gnu")).toEqual(glibc);
  expect(completer.platformOf("@rolldown/binding-wasm32-wasi")).toEqual({ cpu: ["wasm32"] });
});

it("an optional package that nothing provides is found missing, one that a parent folder provides is not", () => {
  const lock = {
    packages: {
      "": {},
      "node_modules/tool": {
        dev: true,
        optionalDependencies: { "tool-darwin-arm64": "^1.2.3", "tool-linux-x64": "1.2.3" },
      },
      "node_modules/tool-linux-x64": { version: "1.2.3" },
      "node_modules/a/node_modules/tool": { optionalDependencies: { "tool-linux-x64": "1.2.3" } },
    },
  };
  const entry = { version: "1.2.3", os: ["darwin"], cpu: ["arm64"], dev: true, optional: true };
  expect([...completer.missingEntries(lock)]).toEqual([["node_modules/tool-darwin-arm64", entry]]);
});

it("a host in the lockfile and a range in the manifest are faults", () => {
  const lock = { packages: { "node_modules/a": { resolved: "https://registry.example/a.tgz" }, "node_modules/b": {} } };
  expect(completer.namedHosts(lock)).toEqual(["node_modules/a comes from registry.example"]);
  const manifest = { dependencies: { a: "^1.0.0", b: "npm:c@3.0.6" }, devDependencies: { d: "1.0.0" } };
  expect(completer.looseVersions(manifest)).toEqual(["a is ^1.0.0; pin it to one version"]);
});

it("the project's own lockfile is complete and names no host", () => {
  const said = execFileSync(process.execPath, [`${ROOT}build/complete-lockfile.mjs`, "--check"], { encoding: "utf8" });
  expect(said).toBe("");
});
