// `npm run sbom`: what this is made of, from package-lock.json alone, so the same lockfile gives the same bytes.
//   node build/sbom.mjs            writes docs/sbom.cdx.json (CycloneDX 1.6) and docs/licences.md
//   node build/sbom.mjs --check    changes nothing; fails when one of them is old or a licence is not allowed
// Neither names a time, a machine or a registry. A package of another platform that the registry of this machine lacks
// has no hash in the lockfile and so none here; npm verifies it where it is installed (build/complete-lockfile.mjs).
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { resolvePlace } from "./complete-lockfile.mjs";

/** Of what runs in the engine. */
const ALLOWED = ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"];
/** Of tools that build and test, and are not given away: a copyleft on their own files touches nothing of ours. */
const ALLOWED_FOR_TOOLS = [...ALLOWED, "MPL-2.0"];
/** What a package says of itself is not what its content says. */
const CORRECTED = { uwebsockets: "Apache-2.0" };
const SELF = "strategy-engine";

/**
 * @typedef {{ name: string, version: string, dev: boolean, optional: boolean, licence: string, assumed: boolean,
 *   integrity: string | null, aliases: string[], needs: string[] }} Part
 */

const nameAt = (/** @type {string} */ place) =>
  place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
const purl = (/** @type {string} */ name, /** @type {string} */ version) =>
  `pkg:npm/${name.replace("@", "%40")}@${encodeURIComponent(version)}`;

/** Every package of the lockfile once, however often it is installed, by its package URL in alphabetical order. */
export function partsOf(lock) {
  const places = Object.entries(lock.packages).filter(([place]) => place !== "");
  const urlAt = new Map(places.map(([place, { name, version }]) => [place, purl(name ?? nameAt(place), version)]));
  const owners = licencesOfOwners(lock);
  /** @type {Map<string, Part>} */
  const parts = new Map();
  for (const [place, entry] of places) {
    const name = entry.name ?? nameAt(place);
    const url = purl(name, entry.version);
    const known = parts.get(url);
    const alias = entry.name === undefined ? [] : [nameAt(place)];
    const said = CORRECTED[name] ?? entry.license;
    parts.set(url, {
      name,
      version: entry.version,
      dev: (known?.dev ?? true) && entry.dev === true,
      optional: (known?.optional ?? true) && entry.optional === true,
      licence: said ?? owners.get(place) ?? "",
      assumed: said === undefined,
      integrity: entry.integrity ?? known?.integrity ?? null,
      aliases: [...new Set([...(known?.aliases ?? []), ...alias])],
      needs: [...new Set([...(known?.needs ?? []), ...needsOf(lock, place, entry, urlAt)])].sort(),
    });
  }
  return new Map([...parts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @returns {string[]} */
function needsOf(lock, place, entry, urlAt) {
  const named = {
    ...entry.dependencies,
    ...entry.optionalDependencies,
    ...(place === "" ? entry.devDependencies : {}),
  };
  return Object.keys(named)
    .map((name) => urlAt.get(resolvePlace(lock.packages, place, name) ?? ""))
    .filter((url) => url !== undefined);
}

/** A platform's part without a record has the licence of the package that asks for it. */
function licencesOfOwners(lock) {
  const owners = new Map();
  for (const [place, entry] of Object.entries(lock.packages)) {
    for (const name of Object.keys(entry.optionalDependencies ?? {}))
      owners.set(resolvePlace(lock.packages, place, name), entry.license);
  }
  return owners;
}

/** What may not be here: licences that nobody allowed, and packages for every platform without a hash. */
export function faultsOf(parts) {
  return [...parts].flatMap(([url, { licence, dev, optional, integrity }]) => {
    const allowed = dev ? ALLOWED_FOR_TOOLS : ALLOWED;
    const faults = allowed.includes(licence) ? [] : [`${url} has the licence ${licence || "(none named)"}`];
    return integrity === null && !optional ? [...faults, `${url} has no integrity hash`] : faults;
  });
}

export function bomOf(lock) {
  const parts = partsOf(lock);
  const self = `pkg:npm/${SELF}@${lock.version}`;
  const places = Object.entries(lock.packages).filter(([place]) => place !== "");
  const urlAt = new Map(places.map(([place, { name, version }]) => [place, purl(name ?? nameAt(place), version)]));
  const roots = needsOf(lock, "", lock.packages[""], urlAt).sort();
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "application", "bom-ref": self, name: SELF, version: lock.version, purl: self } },
    components: [...parts].map(([url, part]) => component(url, part)),
    dependencies: [
      { ref: self, dependsOn: roots },
      ...[...parts].map(([ref, { needs }]) => ({ ref, ...(needs.length > 0 && { dependsOn: needs }) })),
    ],
  };
}

function component(/** @type {string} */ url, /** @type {Part} */ part) {
  const { name, version, dev, optional, licence, integrity, aliases } = part;
  const [group, short] = name.startsWith("@") ? name.split("/") : [undefined, name];
  const [algorithm = "", digest = ""] = integrity?.split("-", 2) ?? [];
  const content = Buffer.from(digest, "base64").toString("hex");
  return {
    type: "library",
    "bom-ref": url,
    ...(group && { group }),
    name: short,
    version,
    scope: dev ? "excluded" : optional ? "optional" : "required",
    ...(content && { hashes: [{ alg: algorithm.replace(/^sha/, "SHA-"), content }] }),
    ...(licence && { licenses: [{ license: { id: licence } }] }),
    purl: url,
    ...(aliases.length > 0 && { properties: aliases.map((value) => ({ name: "npm:alias", value })) }),
  };
}

/** A page for people: what runs, then what builds. */
export function licencesOf(lock) {
  const parts = [...partsOf(lock).values()];
  const shown = ({ name, version, licence, assumed, aliases }) =>
    `| ${name}${aliases.length > 0 ? ` (as ${aliases.join(", ")})` : ""} | ${version} | ${licence}${assumed ? " \\*" : ""} |`;
  const table = (rows) => ["| package | version | licence |", "| --- | --- | --- |", ...rows.map(shown)].join("\n");
  const [engine, tools] = [parts.filter(({ dev }) => !dev), parts.filter(({ dev }) => dev)];
  return `# Licences

Made by \`npm run sbom\` from package-lock.json, which pins each package by version and hash; the same as data, with the
hashes, is [sbom.cdx.json](sbom.cdx.json) (CycloneDX 1.6). A test refuses licences other than
${ALLOWED.join(", ")}, and for tools MPL-2.0.

\\* A part for another platform, whose record the registry did not have: the licence of the package that asks for it.

uwebsockets calls itself ISC in its manifest, but the library in it is Apache-2.0 by the text in the package.

## What runs: ${engine.length} packages

${table(engine)}

## What builds and tests: ${tools.length} packages

Of these the built dashboard contains parts of preact, @preact/signals, uplot and what they need, and the page /docs is
swagger-ui-dist.

${table(tools)}
`;
}

function main() {
  const lock = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"));
  const faults = faultsOf(partsOf(lock));
  const pages = [
    ["docs/sbom.cdx.json", `${JSON.stringify(bomOf(lock), null, 2)}\n`],
    ["docs/licences.md", licencesOf(lock)],
  ];
  for (const [path, text] of pages) {
    const file = new URL(`../${path}`, import.meta.url);
    if (!process.argv.includes("--check")) writeFileSync(file, text);
    else if (!existsSync(file) || readFileSync(file, "utf8") !== text)
      faults.push(`${path} is not what the lockfile says; run \`npm run sbom\``);
  }
  for (const fault of faults) console.error(`sbom: ${fault}`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
