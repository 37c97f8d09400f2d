// A Python with the modules that a comparison needs. Missing ones are installed as tests install theirs
// (build/system-packages.mjs); where that cannot be, the comparison is left out and says so. Gates install nothing
// (BENCH_INSTALL=off): they take the machine as it is.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const INSTALL = fileURLToPath(new URL("../../../../build/system-packages.mjs", import.meta.url));
/** Debian's own knows Debian's packages. */
const PYTHONS = ["/usr/bin/python3", "python3"];

export function pythonWith(...modules: readonly string[]): string | null {
  const found = havingAll(modules);
  if (found !== null || process.env["BENCH_INSTALL"] === "off") return found;
  spawnSync(process.execPath, [INSTALL, ...modules], { stdio: "inherit" });
  return havingAll(modules);
}

function havingAll(modules: readonly string[]): string | null {
  const has = (python: string): boolean => spawnSync(python, ["-c", `import ${modules.join(", ")}`]).status === 0;
  return PYTHONS.find(has) ?? null;
}
