// `strategy-engine version`: what this is and what it runs on, for bug reports.
import { Command } from "commander";
import { loadCore } from "../stream/kernels/core.ts";
import { packageVersion } from "../package-version.ts";
import { columns, print } from "./text.ts";
import { thisHost } from "./uws-support.ts";

export function versionCommand(): Command {
  return new Command("version").description("say what this is and what it runs on").action(() => {
    const host = thisHost();
    print(
      columns([
        ["strategy-engine", packageVersion()],
        ["node", `${host.node} (ABI ${host.abi})`],
        ["system", `${host.system} ${host.processor}${host.glibc === null ? "" : `, glibc ${host.glibc}`}`],
        ["core", coreHash()],
      ]),
    );
  });
}

/** Journals are bound to it: equal hashes compute equal signals. */
function coreHash(): string {
  try {
    return `${loadCore().hash.slice(0, 16)} (sha-256 of core.wasm, first 16 digits)`;
  } catch {
    return "not built; run npm run build";
  }
}
