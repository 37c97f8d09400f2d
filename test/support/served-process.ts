// A process that serves nothing, begun and ended as those that do (runProcess). SCENE says what happens in it, and PIPE
// names a pipe that nobody writes: who reads it waits without end, as at the folder of a network that is away.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { runProcess } from "../../src/cli/process-begin.ts";
import { SilentFolder } from "../../src/cluster/identity.ts";
import { ok } from "../../src/domain/result.ts";

/** The program, for who starts it. */
export const SERVED_PROCESS = fileURLToPath(import.meta.url);

/**
 * refused, silent: its start fails because somebody, or a folder, does not answer; stops: when it is asked to; hangs: it
 * does not stop; breaks: something fails that nobody expected.
 */
export type Scene = "refused" | "silent" | "stops" | "hangs" | "breaks";

if (process.argv[1] === SERVED_PROCESS) {
  const { SCENE: scene, PIPE: pipe } = process.env;
  if (pipe !== undefined) void readFile(pipe);
  process.exitCode = await runProcess({
    configFile: null,
    sockets: false,
    stopMs: 600_000,
    start: (_config, log) => {
      if (scene === "refused") throw Object.assign(new Error("connect ETIMEDOUT 10.0.0.1:6379"), { code: "ETIMEDOUT" });
      if (scene === "silent") throw new SilentFolder("it does not answer");
      const alive = setInterval(() => undefined, 60_000);
      const stop = (): Promise<void> => {
        if (scene === "hangs") return new Promise(() => undefined);
        clearInterval(alive);
        return Promise.resolve();
      };
      setImmediate(() => {
        log.info("ready"); // signals are heard by now
        if (scene === "breaks") throw new Error("unexpected");
      });
      return Promise.resolve(ok({ told: "", stop, hangs: () => pipe !== undefined }));
    },
  });
}
