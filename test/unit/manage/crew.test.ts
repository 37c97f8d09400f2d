// The watchdog of a thread of executions, over a real thread: how long it waits for one that has not begun, and that it
// gives up one that has begun and stands still.
import { expect, it, onTestFinished } from "vitest";
import { Crew } from "../../../src/manage/executions/crew.ts";

const MOST = 3;
const ATTEMPTS = 20;

function opened(): { readonly crew: Crew; readonly lost: string[] } {
  const lost: string[] = [];
  const crew = new Crew({ news: () => undefined, lost: (_, reason) => lost.push(reason) }, null);
  onTestFinished(() => crew.close());
  return { crew, lost };
}

function look(crew: Crew, times: number): void {
  for (let n = 0; n < times; n++) crew.look(MOST);
}

/** So many looks at a thread that has not begun by then; another one where it has begun in between. */
function lookedAtEarly(times: number): ReturnType<typeof opened> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const one = opened();
    const { beat } = one.crew.feed;
    look(one.crew, times);
    if (one.crew.feed.beat === beat) return one;
  }
  throw new Error(`${ATTEMPTS} threads have begun while they were looked at`);
}

it("a thread that has not begun is waited for twelve times as long as one that stands still", async () => {
  const { crew, lost } = lookedAtEarly(12 * MOST - 1);
  const { beat } = crew.feed;
  await expect.poll(() => crew.feed.beat).not.toBe(beat);
  expect(lost).toEqual([]);
});

it("a thread that does not begin is given up", async () => {
  const { lost } = lookedAtEarly(12 * MOST);
  await expect.poll(() => lost).toEqual(["their thread did not begin"]);
});

it("a thread that has begun and stands still is given up", async () => {
  const { crew, lost } = opened();
  const { beat } = crew.feed;
  await expect.poll(() => crew.feed.beat).not.toBe(beat);
  await expect
    .poll(() => {
      look(crew, MOST + 1);
      return lost;
    })
    .toEqual(["their thread did not move any more"]);
});
