// The most memory that a command took, told by the process itself at its end.
import { runCommand, type Ended } from "./command.ts";

const TELL = `process.on("exit", () => process.stderr.write("peak-kib " + process.resourceUsage().maxRSS + "\\n"))`;
const HOOK = `--import=data:text/javascript,${encodeURIComponent(TELL)}`;
const TOLD = /peak-kib (\d+)\n/;

export interface Measured extends Ended {
  readonly peakMib: number;
}

export async function runMeasured(folder: string, args: readonly string[]): Promise<Measured> {
  const ended = await runCommand(folder, args, { NODE_OPTIONS: HOOK });
  const peak = TOLD.exec(ended.err)?.[1];
  if (peak === undefined) throw new Error(`${args.join(" ")} did not tell its memory: ${ended.err}`);
  return { ...ended, err: ended.err.replace(TOLD, ""), peakMib: Number(peak) / 1024 };
}
