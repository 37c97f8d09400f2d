// Which machine the figures are from. They mean nothing without it.
import { arch, cpus, platform, totalmem } from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly arch: string;
  readonly platform: string;
  readonly memoryGib: number;
  readonly node: string;
}

export function thisMachine(): Machine {
  const all = cpus();
  const cpu = (all[0]?.model ?? "").trim() || "unknown cpu";
  const memoryGib = Math.round(totalmem() / 1024 ** 3);
  return { cpu, cores: all.length, arch: arch(), platform: platform(), memoryGib, node: process.version };
}

/** Name of its baseline file, e.g. "apple-m4-max-arm64". */
export function machineSlug(machine: Machine): string {
  return `${machine.cpu} ${machine.arch}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
