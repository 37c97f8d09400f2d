// Sees to the programs that tests need and npm cannot bring. Installed: nothing happens. Missing: installed through apt
// where that is possible (Debian or Ubuntu, as root), else the one command to run is printed and the exit code is 1.
// Never skips silently, and leaves no service running: tests start servers of their own.
//   node build/system-packages.mjs              what the tests need
//   node build/system-packages.mjs MODULE...    modules of Python that a benchmark compares with
//   node build/system-packages.mjs --programs NAME...    other programs, by Debian's names; NAME=FILE: there if FILE is
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";

const given = process.argv.slice(2);
const programs = given[0] === "--programs" ? given.slice(1) : null;
const asked = programs === null ? given : [];
/** What the Python examples import. Debian's own Python knows Debian's packages, another one those of pip. */
const MODULES =
  programs !== null ? [] : asked.length > 0 ? asked : ["redis", "requests", "aiohttp", "websockets", "msgpack"];
const PROGRAMS =
  programs !== null ? programs : asked.length > 0 ? [] : ["redis-server", "curl", "chromium", "prometheus"];
const PYTHONS = ["/usr/bin/python3", "python3"];

const INSTALL_MS = 10 * 60_000;
/** While this file says 101, Debian's packages do not start their services. */
const POLICY = "/usr/sbin/policy-rc.d";

/** Debian's names of what is missing. One Python must have all modules: the first that does, else the first there is. */
function missing() {
  const lacking = PYTHONS.map((python) => MODULES.filter((name) => !works(python, ["-c", `import ${name}`])));
  const first = PYTHONS.findIndex((python) => works(python, ["--version"]));
  const modules = lacking.some((names) => names.length === 0) ? [] : (lacking[first] ?? MODULES);
  const programs = PROGRAMS.filter((name) => !isThere(name)).map((name) => name.split("=")[0]);
  return [...programs, ...modules.map((name) => `python3-${name}`)];
}

function isThere(program) {
  const [name, file] = program.split("=");
  return file === undefined ? works(name, ["--version"]) : existsSync(file);
}

function works(program, args) {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}

function apt(args, loud = true) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const all = ["-y", "-q", "-o", "DPkg::Lock::Timeout=120", ...args];
  const { status, stdout, stderr } = spawnSync("apt-get", all, { env, encoding: "utf8", timeout: INSTALL_MS });
  if (status !== 0 && loud) console.error(`${stdout ?? ""}${stderr ?? ""}`.trimEnd());
  return status === 0;
}

/** The package list may be absent or old: it is fetched only if the first try fails. */
function install(names) {
  const ownPolicy = !existsSync(POLICY);
  if (ownPolicy) writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    const packages = ["install", "--no-install-recommends", ...names];
    const listed = apt(["-s", ...packages], false);
    if (!(listed || apt(["update"])) || !apt(packages)) return false;
    // Not at the next boot either.
    for (const name of names.filter((one) => one.endsWith("-server")))
      spawnSync("systemctl", ["disable", name], { stdio: "ignore" });
    return true;
  } finally {
    if (ownPolicy) rmSync(POLICY, { force: true });
  }
}

function brew(names) {
  return names.includes("redis-server") ? "brew install redis\n  " : "";
}
function pip(names) {
  const modules = names.filter((name) => name.startsWith("python3-")).map((name) => name.slice(8));
  return modules.length > 0 ? `python3 -m pip install ${modules.join(" ")}` : "";
}

const needed = missing();
if (needed.length > 0) {
  const hasApt = works("apt-get", ["--version"]);
  const command = hasApt
    ? `sudo apt-get update && sudo apt-get install -y ${needed.join(" ")}`
    : process.platform === "darwin"
      ? `${brew(needed)}${pip(needed)}`
      : `install ${needed.join(" ")} with the package manager of this system`;
  const root = process.getuid?.() === 0;
  console.error(`system packages missing: ${needed.join(", ")}${hasApt && root ? "; installing them" : ""}`);
  if (!(hasApt && root && install(needed) && missing().length === 0)) {
    console.error(
      `${given.length > 0 ? "what was started needs" : "the tests need"} them; run this and start again:\n  ${command}`,
    );
    process.exit(1);
  }
}
