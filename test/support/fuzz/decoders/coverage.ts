// How much of a decoder's code its cases reach, by V8's own count: blocks of the compiled files that ran, in bytes. Code
// outside of functions, which runs once at the start, is left out. What runs as WebAssembly is not seen by it.
import { Session } from "node:inspector/promises";

export interface Reached {
  readonly file: string;
  readonly bytes: number;
  readonly run: number;
}

export class Coverage {
  private readonly session = new Session();

  async start(): Promise<void> {
    this.session.connect();
    await this.session.post("Profiler.enable");
    await this.session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  async stop(files: readonly string[]): Promise<readonly Reached[]> {
    const { result } = await this.session.post("Profiler.takePreciseCoverage");
    await this.session.post("Profiler.stopPreciseCoverage");
    this.session.disconnect();
    return files.flatMap((file) => {
      const found = result.find(({ url }) => url.endsWith(`/build/out/src/${file}`));
      return found === undefined ? [] : [{ file, ...counted(found.functions) }];
    });
  }
}

interface Found {
  readonly functionName: string;
  readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[];
}

/** Inner ranges say more exactly what outer ones say. */
function counted(functions: readonly Found[]): { readonly bytes: number; readonly run: number } {
  const inner = functions.filter(({ ranges }) => ranges[0]?.startOffset !== 0);
  const end = Math.max(0, ...inner.map(({ ranges }) => ranges[0]?.endOffset ?? 0));
  const state = new Uint8Array(end); // 0: in no function, 1: not run, 2: run
  const ordered = inner
    .flatMap(({ ranges }) => ranges)
    .toSorted((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  for (const { startOffset, endOffset, count } of ordered) state.fill(count > 0 ? 2 : 1, startOffset, endOffset);
  let [bytes, run] = [0, 0];
  for (const one of state) {
    if (one > 0) bytes++;
    if (one === 2) run++;
  }
  return { bytes, run };
}
