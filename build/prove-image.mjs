// `npm run prove:image`: carries out the Dockerfile without a container engine, and works with what comes out.
//   npm run prove:image                        the image, the main job in it
//   npm run prove:image -- --tests             the whole test command too, in a root of the same base
//   npm run prove:image -- --tests test/unit   a part of it; --folder PATH keeps the roots there
// Debian's debootstrap makes the base, as Debian's slim image is made, and Node comes from npm. Every step of every stage
// then runs in a root of its own by chroot; the steps are read from the Dockerfile itself. The finished image runs in
// network, mount and process namespaces of its own, as its own user. Needs Linux and root. Mirror and registry are those
// that apt and npm use on this machine; what the steps need to reach them is lent to them for their time.
// What it does not prove: layers, the published base image, limits of memory, and processors other than this one.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { copyOf, environmentOf, expand, ignored, stagesOf, wordsOf } from "./dockerfile.mjs";
import { ROOT, run } from "./run.mjs";

const RELEASE = "trixie";
/** What is installed on top of the base image, bytes. */
const ADDED_BYTES_MAX = 250e6;
const STEP_MS = 60 * 60_000;
/** Lent to steps, never part of the image. */
const LENT = "run/lent";

const given = process.argv.slice(2);
const tests = given.includes("--tests") ? given.slice(given.indexOf("--tests") + 1) : null;
const kept = given.includes("--folder") ? resolve(given[given.indexOf("--folder") + 1] ?? "") : null;
const folder = kept ?? mkdtempSync(join(tmpdir(), "prove-image-"));

const say = (/** @type {string} */ text) => console.log(`image: ${text}`);
const root = (/** @type {string} */ name) => join(folder, name);
const megabytes = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

function out(/** @type {string} */ program, /** @type {string[]} */ args, options = {}) {
  return execFileSync(program, args, { encoding: "utf8", maxBuffer: 1 << 26, ...options }).trim();
}
/** Bytes of the files below a path, as they are and not as the disk holds them; of other mounts nothing. */
function bytes(/** @type {string} */ path) {
  return Number(out("du", ["-sxb", path]).split("\t")[0]);
}

/** A step in a root: its own mounts and processes, /proc and /dev as a container has them. */
function inside(
  /** @type {string} */ place,
  /** @type {{ user?: string, at?: string, env?: Record<string, string>, alone?: boolean, keep?: boolean }} */ how,
  /** @type {string[]} */ words,
) {
  const { user = "0:0", at = "/", env = {}, alone = false, keep = false } = how;
  const begin =
    'mount -t proc proc "$1/proc" && mount -t tmpfs tmpfs "$1/dev/shm" && { [ "$2" = no ] || ip link set lo up; }';
  const then =
    'cd "$1" && place="$1" user="$3" at="$4" && shift 4 && exec chroot --userspec="$user" "$place" /usr/bin/env -C "$at" "$@"';
  const spaces = ["--mount", "--pid", "--fork", "--kill-child", ...(alone ? ["--net"] : [])];
  const done = spawnSync(
    "unshare",
    [...spaces, "sh", "-c", `${begin} && ${then}`, "sh", place, alone ? "yes" : "no", user, at, ...words],
    {
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", ...env },
      stdio: ["ignore", keep ? "pipe" : "inherit", "inherit"],
      encoding: "utf8",
      timeout: STEP_MS,
    },
  );
  if (done.status !== 0) throw new Error(`exit code ${done.status ?? done.signal}: ${words.join(" ").slice(0, 300)}`);
  return done.stdout ?? "";
}

/** How this machine reaches its mirror and registry, for steps in a root. */
function lend(/** @type {string} */ place) {
  mkdirSync(join(place, LENT), { recursive: true });
  writeFileSync(join(place, LENT, "apt.conf"), out("apt-config", ["dump", "Acquire"]));
  cpSync("/etc/resolv.conf", join(place, "etc/resolv.conf"), { dereference: true });
  const lent = { APT_CONFIG: `/${LENT}/apt.conf`, npm_config_registry: out("npm", ["config", "get", "registry"]) };
  const authorities = process.env["NODE_EXTRA_CA_CERTS"];
  if (authorities === undefined || !existsSync(authorities)) return lent;
  cpSync(authorities, join(place, LENT, "authorities.crt"), { dereference: true });
  return { ...lent, NODE_EXTRA_CA_CERTS: `/${LENT}/authorities.crt` };
}
function takeBack(/** @type {string} */ place) {
  rmSync(join(place, LENT), { recursive: true, force: true });
}

/** As Debian's images have it: apt keeps no copy of what it installed, nor of its lists. */
const FRUGAL = `APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin"; };
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin"; };
Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";
`;

/** Node's image on Debian's slim one: the smallest Debian, Node and npm in /usr/local, no manuals. */
function makeBase(/** @type {string} */ major) {
  const place = root("base");
  if (existsSync(join(place, "usr/local/bin/node"))) return place;
  const site = out("apt-get", ["indextargets", "--format", "$(SITE)", "Created-By: Packages"]).split("\n")[0] ?? "";
  say(`base: debootstrap ${RELEASE}`);
  execFileSync("debootstrap", ["--variant=minbase", RELEASE, place, site], { stdio: ["ignore", "ignore", "inherit"] });
  for (const part of ["var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale"])
    rmSync(join(place, part), { recursive: true, force: true });
  for (const part of ["var/cache/apt/archives/partial", "var/lib/apt/lists/partial"])
    mkdirSync(join(place, part), { recursive: true });
  writeFileSync(join(place, "etc/apt/apt.conf.d/docker-clean"), FRUGAL);
  // The package `node` is a shell around one package for each system, which holds the program.
  const local = join(place, "usr/local");
  unpack(`node-linux-${process.arch}@${major}`, local, ["bin"]);
  mkdirSync(join(local, "lib/node_modules/npm"), { recursive: true });
  unpack("npm@11", join(local, "lib/node_modules/npm"), []);
  for (const name of ["npm", "npx"])
    out("ln", ["-s", `../lib/node_modules/npm/bin/${name}-cli.js`, join(local, "bin", name)]);
  return place;
}
/** Unpacks a package of the registry, all of it or some folders. */
function unpack(/** @type {string} */ name, /** @type {string} */ to, /** @type {string[]} */ parts) {
  const at = mkdtempSync(join(folder, "packed-"));
  const file = out("npm", ["pack", "--silent", "--pack-destination", at, name]).split("\n").at(-1) ?? "";
  out("tar", [
    "-xzf",
    join(at, file),
    "-C",
    to,
    "--strip-components=1",
    "--no-same-owner",
    ...parts.map((part) => `package/${part}`),
  ]);
  rmSync(at, { recursive: true });
}

/** The folder as the build sees it. */
function makeContext() {
  const place = root("context");
  rmSync(place, { recursive: true, force: true });
  const unseen = ignored(ROOT);
  cpSync(ROOT, place, { recursive: true, filter: (path) => !unseen(path.slice(ROOT.length)) });
  return place;
}

function carryOut(/** @type {import("./dockerfile.mjs").Stage} */ stage, /** @type {string} */ context) {
  const place = root(`stage-${stage.name}`);
  rmSync(place, { recursive: true, force: true });
  out("cp", ["-a", root("base"), place]);
  const lent = lend(place);
  let [at, user] = ["/", "0:0"];
  for (const { word, text } of stage.steps) {
    if (word === "WORKDIR") mkdirSync(join(place, (at = text)), { recursive: true });
    else if (word === "USER") user = idsOf(place, text);
    else if (word === "COPY") copy(place, at, context, text);
    else if (word === "RUN") {
      say(`${stage.name}: ${text.slice(0, 90)}`);
      inside(place, { user, at, env: { ...lent, ...environmentOf(stage) } }, ["sh", "-c", text]);
    }
  }
  takeBack(place);
  return { place, at, user };
}
function copy(
  /** @type {string} */ place,
  /** @type {string} */ at,
  /** @type {string} */ context,
  /** @type {string} */ text,
) {
  const { from, sources, to } = copyOf(text);
  const source = from === null ? context : root(`stage-${from}`);
  const target = join(place, to.startsWith("/") ? to : join(at, to));
  const found = sources.flatMap((pattern) => expand(source, pattern.replace(/^\//, "")));
  const many = sources.length > 1 || found.length > 1 || to.endsWith("/");
  for (const path of found)
    cpSync(join(source, path), many ? join(target, basename(path)) : target, {
      recursive: true,
      verbatimSymlinks: true,
    });
}
function idsOf(/** @type {string} */ place, /** @type {string} */ name) {
  const line = readFileSync(join(place, "etc/passwd"), "utf8")
    .split("\n")
    .find((one) => one.startsWith(`${name}:`));
  const [, , id = "", group = ""] = line?.split(":") ?? [];
  return `${id}:${group}`;
}

/** What the image has more than its base, by where it lies. */
function measure(/** @type {string} */ place) {
  const added = bytes(place) - bytes(root("base"));
  const [packages, built] = [bytes(join(place, "app/node_modules")), bytes(join(place, "app/build"))];
  const rest = added - packages - built;
  say(
    `base ${megabytes(bytes(root("base")))}; on top of it ${megabytes(added)} of at most ${megabytes(ADDED_BYTES_MAX)}`,
  );
  say(
    `packages ${megabytes(packages)}, built ${megabytes(built)}, the rest (curl and what it needs) ${megabytes(rest)}`,
  );
  if (added > ADDED_BYTES_MAX) throw new Error("the image is larger than it may be");
}

function work(
  /** @type {import("./dockerfile.mjs").Stage} */ stage,
  /** @type {{ place: string, at: string, user: string }} */ made,
) {
  cpSync(join(ROOT, "build/prove-job.mjs"), join(made.place, "tmp/prove-job.mjs"));
  const health = stage.steps.find(({ word }) => word === "HEALTHCHECK")?.text.replace(/^.*?CMD /, "") ?? "false";
  const job = { entry: [...wordsOf(stage, "ENTRYPOINT"), ...wordsOf(stage, "CMD")], health };
  const env = { ...environmentOf(stage), HOME: "/tmp" };
  inside(made.place, { user: made.user, at: made.at, env, alone: true }, [
    "node",
    "/tmp/prove-job.mjs",
    JSON.stringify(job),
  ]);
}

/** The test command in the build stage's root, with the rest of the checkout beside what the stage took. */
function suite(/** @type {string} */ context, /** @type {string[]} */ parts) {
  const place = root("stage-build");
  cpSync(context, join(place, "app"), { recursive: true });
  // What the stage threw away is made again, by a compiler that must not think that it is there.
  rmSync(join(place, "app/build/out"), { recursive: true, force: true });
  // With the data that some tests compare with, where it lies beside the checkout; only then none may be skipped.
  const beside = join(ROOT, "../shared");
  const whole = existsSync(beside);
  if (whole) cpSync(beside, join(place, "shared"), { recursive: true });
  const env = { ...lend(place), ...(whole ? { CI: "true" } : {}), DEBIAN_FRONTEND: "noninteractive" };
  try {
    // Some tests ask git which files are the project's.
    const git = "apt-get update -q && apt-get install -y -q --no-install-recommends git && git init -q && git add -A";
    inside(place, { at: "/app", env }, ["sh", "-c", git]);
    inside(place, { at: "/app", env }, ["npm", "test", ...(parts.length > 0 ? ["--", ...parts] : [])]);
  } finally {
    takeBack(place);
  }
}

function main() {
  if (process.platform !== "linux" || process.getuid?.() !== 0) throw new Error("this needs Linux and root (chroot)");
  if (run("build/system-packages.mjs", ["--programs", "debootstrap", "iproute2=/usr/bin/ip"]) !== 0) return 1;
  mkdirSync(folder, { recursive: true });
  const stages = stagesOf(readFileSync(join(ROOT, "Dockerfile"), "utf8"));
  const last = stages.at(-1);
  if (last === undefined) throw new Error("the Dockerfile has no stage");
  const [, major = ""] = /^node:(\d+)-trixie-slim$/.exec(last.base) ?? [];
  if (major === "" || stages.some(({ base }) => base !== last.base)) throw new Error("stages stand on another base");
  const version = inside(makeBase(major), { keep: true }, ["node", "--version"]).trim();
  say(`base: Debian ${readFileSync(join(root("base"), "etc/debian_version"), "utf8").trim()}, node ${version}`);
  const context = makeContext();
  const made = stages.map((stage) => carryOut(stage, context)).at(-1);
  if (made === undefined) return 1;
  measure(made.place);
  work(last, made);
  if (tests !== null) suite(context, tests);
  say("proved");
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(`image: NOT proved: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  if (kept === null) rmSync(folder, { recursive: true, force: true });
}
