// A program as a user runs it: its output is read as it comes, so that tests wait for what it says.
import { spawn, spawnSync } from "node:child_process";
import { onTestFinished } from "vitest";
import { inTime } from "./eventually.ts";

/** Without a word: some compute for a while before they say anything. */
const MOST_MS = 240_000;

export class Program {
  out = "";
  /** Output and errors together with the exit code. */
  readonly ended: Promise<{ readonly code: number | null; readonly out: string }>;
  private wake: () => void = () => undefined;

  constructor(command: string, args: readonly string[], cwd?: string) {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...(cwd === undefined ? {} : { cwd }) });
    onTestFinished(() => void child.kill("SIGKILL"));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (bytes: Buffer) => {
        this.out += bytes.toString();
        this.wake();
      });
    }
    this.ended = new Promise((resolve) => {
      child.once("close", (code) => {
        resolve({ code, out: this.out });
        this.wake();
      });
    });
  }

  /** Resolves when it has said this; fails when it ended without. */
  async says(text: string): Promise<void> {
    let over = false;
    void this.ended.then(() => (over = true));
    while (!this.out.includes(text)) {
      if (over) throw new Error(`ended without saying ${JSON.stringify(text)}: ${this.out}`);
      const more = new Promise<void>((resolve) => (this.wake = resolve));
      await inTime(more, () => this.out, MOST_MS);
    }
  }
}

/** The Python that has these modules; Debian's packages belong to Debian's own. */
export function pythonWith(...modules: readonly string[]): string {
  const found = ["/usr/bin/python3", "python3"].find(
    (python) => spawnSync(python, ["-c", `import ${modules.join()}`], { stdio: "ignore" }).status === 0,
  );
  if (found === undefined)
    throw new Error(`no python3 has ${modules.join(", ")}; node build/system-packages.mjs helps`);
  return found;
}
