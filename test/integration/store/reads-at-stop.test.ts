// A stop in the middle of a read that has no end ends the process in order, with everything that was handed in on the disk.
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { EngineProcess } from "../../support/engine-process.ts";
import { READING_PROCESS } from "../../support/store/reading-process.ts";
import { ENDLESS, opened, temporaryFolder } from "../../support/store/store-files.ts";

it("a stop in the middle of a read ends with 0, and what was handed in before is stored", async () => {
  const FILE = join(temporaryFolder(), "engine.db");
  const reading = EngineProcess.launch({ FILE, READ: ENDLESS, COMMITS: "300" }, { cli: READING_PROCESS });
  onTestFinished(() => reading.kill());
  await reading.line("ready");
  expect(await reading.stop()).toBe(0);
  expect(reading.lines.at(-1)).toMatchObject({ msg: "stopped", stored: 300 });
  expect(reading.stderr).toEqual([]);
  const store = await opened({ file: FILE });
  expect(await store.query("SELECT count(*) AS n FROM config", [])).toEqual([{ n: 300 }]);
}, 60_000);
