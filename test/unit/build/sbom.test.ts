// The bill of materials against the lockfile that it is made from, and what it refuses.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));

interface LockEntry {
  readonly name?: string;
  readonly version: string;
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly dev?: boolean;
  readonly license?: string;
}
interface Lock {
  readonly version: string;
  readonly packages: Readonly<Record<string, LockEntry>>;
}
interface Component {
  readonly "bom-ref": string;
  readonly purl: string;
  readonly scope: "required" | "optional" | "excluded";
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly { readonly license: { readonly id: string } }[];
}
interface Bom {
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}
interface Maker {
  bomOf(lock: unknown): Bom;
  partsOf(lock: unknown): ReadonlyMap<string, unknown>;
  faultsOf(parts: ReadonlyMap<string, unknown>): readonly string[];
}

const maker = (await import(`${ROOT}build/sbom.mjs`)) as Maker;
const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as Lock;
const bom = JSON.parse(readFileSync(join(ROOT, "docs/sbom.cdx.json"), "utf8")) as Bom;
const byUrl = new Map(bom.components.map((one) => [one.purl, one]));

function urlOf([place, { name, version }]: readonly [string, LockEntry]): string {
  const called = name ?? place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
  return `pkg:npm/${called.replace("@", "%40")}@${version}`;
}

it("every locked package is in it, with the hash of the lockfile and a licence", () => {
  const entries = Object.entries(lock.packages).filter(([place]) => place !== "");
  expect(entries.length).toBeGreaterThan(200);
  for (const entry of entries) {
    const found = byUrl.get(urlOf(entry));
    expect(found?.licenses[0]?.license.id, entry[0]).toMatch(/^[A-Z0-9][\w.-]+$/i);
    const { integrity, optional } = entry[1];
    if (integrity === undefined) expect(optional, `${entry[0]} has no hash`).toBe(true);
    else {
      const hex = found?.hashes?.[0]?.content ?? "";
      expect(`sha512-${Buffer.from(hex, "hex").toString("base64")}`, entry[0]).toBe(integrity);
    }
  }
  expect(byUrl.size).toBe(new Set(entries.map(urlOf)).size);
});

it("names what runs apart from what only builds, and each package once", () => {
  expect(byUrl.get("pkg:npm/uwebsockets@3.0.6")?.scope).toBe("required");
  expect([...byUrl.values()].find(({ purl }) => purl.startsWith("pkg:npm/vitest@"))?.scope).toBe("excluded");
  expect(bom.components).toHaveLength(byUrl.size);
  const known = new Set([...byUrl.keys(), `pkg:npm/strategy-engine@${lock.version}`]);
  const named = bom.dependencies.flatMap(({ ref, dependsOn = [] }) => [ref, ...dependsOn]);
  expect(named.filter((ref) => !known.has(ref))).toEqual([]);
  expect(bom.dependencies[0]?.dependsOn).toContain("pkg:npm/uwebsockets@3.0.6");
});

it("is what the lockfile gives, to the byte, with every licence allowed and no address of a registry", () => {
  execFileSync(process.execPath, [join(ROOT, "build/sbom.mjs"), "--check"], { stdio: "pipe" });
  expect(JSON.stringify(maker.bomOf(lock))).toBe(JSON.stringify(bom));
  const addresses = JSON.stringify(bom).match(/https?:\/\/[^/"]+/g);
  expect(new Set(addresses)).toEqual(new Set(["http://cyclonedx.org"]));
});

it("refuses a licence that nobody allowed, one of tools in what runs, and a missing hash", () => {
  const faults = (entry: LockEntry): readonly string[] =>
    maker.faultsOf(maker.partsOf({ version: "0.1.0", packages: { "": {}, "node_modules/thing": entry } }));
  const good = { version: "1.0.0", integrity: "sha512-AAAA", license: "MIT" };
  expect(faults(good)).toEqual([]);
  expect(faults({ ...good, license: "AGPL-3.0" })).toEqual(["pkg:npm/thing@1.0.0 has the licence AGPL-3.0"]);
  expect(faults({ ...good, license: "MPL-2.0" })).toHaveLength(1);
  expect(faults({ ...good, license: "MPL-2.0", dev: true })).toEqual([]);
  expect(faults({ version: "1.0.0" })).toEqual([
    "pkg:npm/thing@1.0.0 has the licence (none named)",
    "pkg:npm/thing@1.0.0 has no integrity hash",
  ]);
});
