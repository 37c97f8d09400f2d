// Makes package-lock.json whole for every platform.
//   node build/complete-lockfile.mjs           adds what is missing
//   node build/complete-lockfile.mjs --check   changes nothing, exits 1 when something is missing
// npm leaves a platform's optional package out of the lockfile when the registry that it talks to does not carry it,
// and `npm ci` then refuses the lockfile on every machine. The missing entries need no integrity: npm looks at `os`
// and `cpu` first, and verifies what it downloads for the machine at hand against the registry's own record.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FILE = fileURLToPath(new URL("../package-lock.json", import.meta.url));
const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const PROCESSORS = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

/** os, cpu and libc as far as a package's name tells them, e.g. `@oxlint/binding-linux-arm-gnueabihf`. */
export function platformOf(name) {
  const words = name.split("/").at(-1).split(/[-_.]/);
  const os = words.find((word) => SYSTEMS.includes(word));
  const cpu = words.find((word) => PROCESSORS.includes(word));
  const libc = words.some((word) => word.startsWith("musl"))
    ? "musl"
    : words.some((word) => word.startsWith("gnu"))
      ? "glibc"
      : undefined;
  return { ...(os && { os: [os] }), ...(cpu && { cpu: [cpu] }), ...(libc && os === "linux" && { libc: [libc] }) };
}

/** Where node would find `name` when asked from the package at `place`, among the entries of the lockfile. */
export function resolvePlace(packages, place, name) {
  for (let folder = place; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const candidate = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (packages[candidate] !== undefined) return candidate;
    if (folder === "") return undefined;
  }
}

/** Entries that optionalDependencies ask for and that the lockfile lacks, by their place in it. */
export function missingEntries(lock) {
  const missing = new Map();
  for (const [place, entry] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      if (resolvePlace(lock.packages, place, name) !== undefined) continue;
      missing.set(`node_modules/${name}`, {
        version: range.replace(/^[\^~=v]+/, ""),
        ...platformOf(name),
        ...(entry.dev && { dev: true }),
        optional: true,
      });
    }
  }
  return missing;
}

/** Addresses of tarballs: the lockfile must work with whatever registry its reader uses. */
export function namedHosts(lock) {
  return Object.entries(lock.packages)
    .filter(([, entry]) => typeof entry.resolved === "string" && entry.resolved.includes("://"))
    .map(([place, entry]) => `${place} comes from ${new URL(entry.resolved).host}`);
}

/** Ranges in package.json: a version is named exactly or not at all. */
export function looseVersions(manifest) {
  const named = { ...manifest.dependencies, ...manifest.devDependencies };
  return Object.entries(named)
    .filter(([, version]) => !/^(npm:[\w./@-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => `${name} is ${version}; pin it to one version`);
}

function main() {
  const lock = JSON.parse(readFileSync(FILE, "utf8"));
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const missing = missingEntries(lock);
  const faults = [...namedHosts(lock), ...looseVersions(manifest)];
  if (process.argv.includes("--check")) {
    faults.push(...[...missing.keys()].map((place) => `${place} is missing; run \`npm run lockfile\``));
  } else if (missing.size > 0) {
    const root = Object.entries(lock.packages).filter(([place]) => place === "");
    const rest = Object.entries(lock.packages).filter(([place]) => place !== "");
    const byPlace = [...rest, ...missing].sort(([a], [b]) => (a < b ? -1 : 1));
    writeFileSync(
      FILE,
      `${JSON.stringify({ ...lock, packages: Object.fromEntries([...root, ...byPlace]) }, null, 2)}\n`,
    );
    console.log(`lockfile: ${missing.size} entries of other platforms added`);
  } else {
    console.log("lockfile: complete");
  }
  for (const fault of faults) console.error(`lockfile: ${fault}`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
