// Who was told that the engine clock is ahead is told when it is not any more: within a process, with a stream that was
// opened again, and in a later process. Over a real store.
import { join } from "node:path";
import { expect, it } from "vitest";
import { CLOCK_AHEAD, CLOCK_CAUGHT_UP as CAUGHT_UP } from "../../../src/domain/clock-words.ts";
import { ClockAlerts } from "../../../src/engine/clock-alerts.ts";
import { Alerts } from "../../../src/manage/oversight/alerts.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { opened, temporaryFolder } from "../../support/store/store-files.ts";

const AHEAD = `${CLOCK_AHEAD} 20 s ahead of the wall clock`;
const HOUR_US = 3_600_000_000;

/** A process on this file, at this hour: it is told so, says something else as well, and ends. All alerts, oldest first. */
async function lived(file: string, hour: number, told: readonly (string | null)[]): Promise<readonly string[]> {
  const store = await opened({ file });
  const alerts = new Alerts({ store, now: () => hour * HOUR_US, log: SILENT_LOG });
  await alerts.load();
  const clock = new ClockAlerts(alerts);
  for (const trouble of told) clock.tell(trouble);
  alerts.raise({ level: "critical", type: "system", message: `something else at ${hour}` });
  await alerts.close();
  await store.close();
  const found = alerts.page({ limit: 100 }).alerts.map(({ message }) => message);
  return found.filter((message) => !message.startsWith("something")).toReversed();
}

it("nothing is said of a clock that is right and was", async () => {
  const file = join(temporaryFolder(), "engine.db");
  expect(await lived(file, 1, [null, null])).toEqual([]);
  expect(await lived(file, 2, [null])).toEqual([]);
});

it("each is said once, also where the stream is opened again meanwhile", async () => {
  const file = join(temporaryFolder(), "engine.db");
  expect(await lived(file, 1, [AHEAD, AHEAD, null, null, AHEAD, null])).toEqual([AHEAD, CAUGHT_UP, AHEAD, CAUGHT_UP]);
});

it("that it was caught up while the engine was off is said by the next process, once", async () => {
  const file = join(temporaryFolder(), "engine.db");
  expect(await lived(file, 1, [AHEAD])).toEqual([AHEAD]);
  expect(await lived(file, 2, [null])).toEqual([AHEAD, CAUGHT_UP]);
  expect(await lived(file, 3, [null])).toEqual([AHEAD, CAUGHT_UP]);
});
