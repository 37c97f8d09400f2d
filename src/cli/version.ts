// `strategy-engine version`: what this is and what it runs on, for bug reports.
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { loadCore } from "../stream/kernels/core.ts";
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

export function packageVersion(): string {
  const text = readFileSync(new URL("../../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** Journals are bound to it: equal hashes compute equal signals. */
function coreHash(): string {
  try {
    return `${loadCore().hash.slice(0, 16)} (sha-256 of core.wasm, first 16 digits)`;
  } catch {
    return "not built; run npm run build";
  }
}
