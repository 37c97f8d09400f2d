// A process that is asked to stop while it reads: FILE is its store, READ the query. It begins and ends as those that serve
// do (runProcess), says that it is ready once the read is under way, and hands in COMMITS changes right before it closes.
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { runProcess } from "../../../src/cli/process-begin.ts";
import { ok } from "../../../src/domain/result.ts";
import { openStore, type Store } from "../../../src/store/store.ts";

/** The program, for who starts it. */
export const READING_PROCESS = fileURLToPath(import.meta.url);

const UNDER_WAY_US = 200_000;
const INSERT = "INSERT INTO config (component, value, updated_at) VALUES (?, '{}', 1)";

/** Its thread is the only one that works: what the process has used of the processor tells that it does. */
async function readOn(store: Store, sql: string): Promise<void> {
  await store.reads.query("SELECT 1", []);
  const used = (): number => process.cpuUsage().user;
  const before = used();
  void store.reads.query(sql, []).catch(() => undefined); // refused when the store closes
  while (used() - before < UNDER_WAY_US) await pause(10);
}

if (process.argv[1] === READING_PROCESS) {
  const { FILE: file = "", READ: sql = "", COMMITS: commits = "0" } = process.env;
  process.exitCode = await runProcess({
    configFile: null,
    sockets: false,
    stopMs: 600_000,
    start: async (_config, log) => {
      const opened = await openStore({ file, log, readMs: 600_000 });
      if (!opened.ok) return opened;
      const store = opened.value;
      const alive = setInterval(() => undefined, 60_000);
      const stop = async (): Promise<void> => {
        clearInterval(alive);
        const begun = Array.from({ length: Number(commits) }, (_, n) =>
          store.commit([{ sql: INSERT, params: [`c${n}`] }]),
        );
        await store.close();
        log.info("stopped", { stored: (await Promise.all(begun)).filter((outcome) => outcome.ok).length });
        log.flush();
      };
      void readOn(store, sql).then(() => log.info("ready"));
      return ok({ told: "", stop });
    },
  });
}
