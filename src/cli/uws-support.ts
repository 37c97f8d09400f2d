// uWebSockets.js is a prebuilt binary for each system, processor and Node ABI. When none of them loads, this says what
// was found, why it does not fit, and which Node would fit here; read from the binaries themselves.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Node's major version by its ABI number. */
const NODE_MAJORS: ReadonlyMap<number, number> = new Map([
  [108, 18],
  [115, 20],
  [120, 21],
  [127, 22],
  [131, 23],
  [137, 24],
  [141, 25],
]);
/** The oldest Node that the rest of the engine runs on. */
const NODE_MAJOR_MIN = 20;

export interface Host {
  readonly system: string;
  readonly processor: string;
  readonly node: string;
  readonly abi: number;
  /** E.g. "2.36"; null on systems without glibc. */
  readonly glibc: string | null;
}

export interface Binary {
  readonly abi: number;
  /** Newest glibc that it asks for; null if none. */
  readonly glibc: string | null;
}

export function thisHost(): Host {
  return {
    system: process.platform,
    processor: process.arch,
    node: process.version,
    abi: Number(process.versions.modules),
    glibc: process.platform === "linux" ? hostGlibc() : null,
  };
}

/** The binaries of the package that are made for this system and processor. */
export function binariesFor({ system, processor }: Host): readonly Binary[] {
  const folder = packageFolder();
  if (folder === null) return [];
  const prefix = `uws_${system}_${processor}_`;
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith(".node"))
    .map((name) => ({
      abi: Number(name.slice(prefix.length, -".node".length)),
      glibc: newestGlibc(join(folder, name)),
    }))
    .toSorted((a, b) => a.abi - b.abi);
}

/** What to tell someone whose server part does not load; several short lines. */
export function explainUws(host: Host, binaries: readonly Binary[]): string {
  const own = binaries.find((binary) => binary.abi === host.abi);
  const fitting = binaries.filter((binary) => fits(binary, host)).flatMap(({ abi }) => NODE_MAJORS.get(abi) ?? []);
  const usable = fitting.filter((major) => major >= NODE_MAJOR_MIN);
  const glibc = host.glibc === null ? "" : `, glibc ${host.glibc}`;
  return [
    "uWebSockets.js, which serves HTTP and WebSocket, cannot be loaded here.",
    `  found: Node ${host.node} (ABI ${host.abi}) on ${host.system} ${host.processor}${glibc}`,
    `  why:   ${reason(host, binaries, own)}`,
    `  do:    ${
      usable.length > 0
        ? `use Node ${usable.join(" or ")} on this system`
        : "use a Debian or Ubuntu with glibc 2.38 or newer, e.g. the image that is built from the Dockerfile"
    }`,
  ].join("\n");
}

export function fits(binary: Binary, host: Host): boolean {
  if (host.system !== "linux") return true;
  return host.glibc !== null && (binary.glibc === null || compare(binary.glibc, host.glibc) <= 0);
}

function reason(host: Host, binaries: readonly Binary[], own: Binary | undefined): string {
  if (packageFolder() === null) return "the package is not installed; run npm ci";
  if (binaries.length === 0) return `the package has no binary for ${host.system} ${host.processor}`;
  if (host.system === "linux" && host.glibc === null)
    return "the binaries need glibc, and this system has another C library";
  if (own === undefined) return `the package has no binary for ABI ${host.abi}`;
  if (!fits(own, host)) return `the binary for ABI ${host.abi} needs glibc ${own.glibc ?? ""}, which is newer`;
  return "the binary for it is there and should fit; it may be damaged: run npm ci again";
}

function packageFolder(): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve("uWebSockets.js/package.json"));
  } catch {
    return null; // not installed
  }
}

function hostGlibc(): string | null {
  // Without this the report asks the name servers for the name of every open connection.
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime ?? null;
}

function newestGlibc(path: string): string | null {
  const versions = new Set(
    readFileSync(path)
      .toString("latin1")
      .match(/GLIBC_2\.\d+/g) ?? [],
  );
  return (
    [...versions]
      .map((version) => version.slice("GLIBC_".length))
      .toSorted(compare)
      .at(-1) ?? null
  );
}

/** Of versions such as 2.9 and 2.38. */
function compare(a: string, b: string): number {
  return Number(a.split(".")[1]) - Number(b.split(".")[1]);
}
