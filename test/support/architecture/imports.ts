// Rules about who may import whom.
import { codeOf, importsOf, type Tree, under } from "./tree.ts";

/** Left to right: a room imports only from rooms to its left. main.ts joins them all; the command line starts it. */
export const ROOMS: readonly string[] = [
  "domain",
  "config",
  "telemetry",
  "bus",
  "store",
  "sandbox",
  "stream",
  "history",
  "simulation",
  "research",
  "learning",
  "manage",
  "server",
  "client",
  "dashboard",
  "engine",
  "cluster",
  "main",
  "cli",
];
/** Every file of these is its own door: small files without a common centre. */
const OPEN_ROOMS = ["domain", "telemetry"];
/** Here the files directly in the room are doors, one for each thing that it keeps; its folders are not. */
const OPEN_SURFACES = ["store", "learning"];
/** Rooms inside a room have doors as well. */
const NESTED = ["stream", "manage"];
const OPEN_NESTED = ["src/stream/rings", "src/stream/sinks"];
/** Doors besides the file that bears the room's name, each with what it is for. */
const SIDE_DOORS: Readonly<Record<string, string>> = {
  "src/stream/kernels/core.ts": "the WebAssembly exports; the decoder runs on the main thread",
  "src/stream/kernels/tier-clock.ts": "when a tier is due",
  "src/server/contract/operations.ts": "the declared types, which the published client carries without the server",
  "src/stream/solo-plane.ts": "a data plane on the calling thread, which runs over history are made on",
  "src/research/program-signals.ts": "signals of the engine's own strategies for programs, in the threads that trade",
  "src/stream/pairs.ts": "what strategies lack and cost symbol by symbol, for learning and for who lists them",
  "src/stream/candles.ts": "what was paid lately, for who looks at it",
  "src/stream/tap.ts": "market events for who trades on them outside the core",
  "src/manage/risk/board.ts": "limits in shared memory, for the threads that trade",
  "src/manage/risk/gate.ts": "what every order of a thread goes through, without the rest of risk",
  "src/stream/rings/readings.ts": "how full the rings are, for who looks at the machine",
  "src/stream/rings/memory-plan.ts": "how much memory a capacity takes, which doctor tells",
};
/** Files of assembly/ that both compilers read: constants and nothing else. */
const SHARED = [
  "assembly/back-fill-layout.ts",
  "assembly/layout.ts",
  "assembly/learned-layout.ts",
  "assembly/position-layout.ts",
  "assembly/reference.ts",
  "assembly/regimes.ts",
  "assembly/sweep/sweep-layout.ts",
  "assembly/wire.ts",
];

/** "src/stream/risk/risk.ts" is in "stream", "src/config.ts" in "config". */
function roomOf(path: string): string {
  return (path.split("/")[1] ?? "").replace(/\.ts$/, "");
}
function doorOf(room: string): readonly string[] {
  return [`src/${room}.ts`, `src/${room}/${room}.ts`];
}
/** "src/stream/risk" for a file in a room inside a room, otherwise undefined. */
function nestedOf(path: string): string | undefined {
  const parts = path.split("/");
  return parts.length > 3 && NESTED.includes(parts[1] ?? "") ? parts.slice(0, 3).join("/") : undefined;
}

export function importsAgainstTheFlow(tree: Tree): readonly string[] {
  return eachImport(tree, "src").flatMap(([from, to]) => {
    if (SHARED.includes(to)) return [];
    if (!to.startsWith("src/"))
      return [`${from} imports ${to}: outside src only ${SHARED.join(" and ")} are open to it`];
    const [own, other] = [ROOMS.indexOf(roomOf(from)), ROOMS.indexOf(roomOf(to))];
    if (own < 0) return [`${from} is in no known room`];
    return other > own ? [`${from} imports ${to}, a room to its right`] : [];
  });
}

export function importsPastDoors(tree: Tree): readonly string[] {
  return eachImport(tree, "src").flatMap(([from, to]) => {
    if (!to.startsWith("src/") || SIDE_DOORS[to] !== undefined) return [];
    const room = roomOf(to);
    if (room !== roomOf(from)) {
      const surface = OPEN_SURFACES.includes(room) && to.split("/").length === 3;
      const open = OPEN_ROOMS.includes(room) || surface || doorOf(room).includes(to);
      return open ? [] : [`${from} imports ${to} past its door, ${doorOf(room).join(" or ")}`];
    }
    const nested = nestedOf(to);
    if (nested === undefined || nested === nestedOf(from) || OPEN_NESTED.includes(nested)) return [];
    const door = `${nested}/${nested.split("/").at(-1)}.ts`;
    return to === door ? [] : [`${from} imports ${to} past its door, ${door}`];
  });
}

/** The published client runs without the engine: of other rooms it takes types, and code only from the room of words. */
export function clientTiedToTheEngine(tree: Tree): readonly string[] {
  return under(tree, "src/client").flatMap(([path, text]) => {
    const withoutTypes = text.replaceAll(/\b(import|export)\s+type\b[^;]*;/g, "");
    return importsOf(path, withoutTypes)
      .filter((to) => !/^src\/(client|domain)\//.test(to))
      .map((to) => `${path} imports code of ${to}: the client may take types of it and nothing else`);
  });
}

/** The core stands alone: what it computes depends on nothing but its memory. */
export function coreImportsOutside(tree: Tree): readonly string[] {
  return eachImport(tree, "assembly")
    .filter(([, to]) => !to.startsWith("assembly/"))
    .map(([from, to]) => `${from} imports ${to}: the core imports nothing from outside`);
}

/** Each cycle once, as the path around it. */
export function importCycles(tree: Tree): readonly string[] {
  const edges = new Map<string, readonly string[]>();
  for (const [path, text] of under(tree, "src", "assembly")) edges.set(path, importsOf(path, text));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.push([...trail.slice(start), path].join(" -> "));
      return;
    }
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
}

function eachImport(tree: Tree, folder: string): readonly (readonly [string, string])[] {
  return under(tree, folder).flatMap(([path, text]) => importsOf(path, text).map((to) => [path, to] as const));
}

/** What both compilers read: `export const NAME = integer expression`, without imports, so that both give the same. */
export function sharedWithCode(tree: Tree): readonly string[] {
  return SHARED.flatMap((path) => {
    const statements = codeOf(tree.get(path) ?? "").split(";");
    const other = statements.find((text) => !/^\s*(export const [A-Z0-9_]+ = [A-Z0-9_x\s+*<>()|-]+)?$/i.test(text));
    return other === undefined ? [] : [`${path} has more than integer constants: ${other.trim().slice(0, 60)}`];
  });
}
