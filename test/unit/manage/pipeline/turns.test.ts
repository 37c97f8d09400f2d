import { describe, expect, it } from "vitest";
import { Turns } from "../../../../src/manage/pipeline/turns.ts";

const never = new AbortController().signal;

/** Takes a place and writes down when it got it. */
function taking(turns: Turns, told: string[], name: string, signal = never): Promise<(() => void) | null> {
  return turns.take(signal).then((back) => {
    told.push(back === null ? `${name} left` : name);
    return back;
  });
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("places for pipelines that run", () => {
  it("are given in the order of asking, and never more of them than there are", async () => {
    const turns = new Turns(2);
    const told: string[] = [];
    const [first, second] = [taking(turns, told, "a"), taking(turns, told, "b")];
    const third = taking(turns, told, "c");
    void taking(turns, told, "d");
    await settled();
    expect([told, turns.waiting]).toEqual([["a", "b"], 2]);
    (await second)?.();
    void taking(turns, told, "e"); // at the moment at which a place is free
    await settled();
    expect([told, turns.waiting]).toEqual([["a", "b", "c"], 2]);
    (await first)?.();
    (await third)?.();
    await settled();
    expect([told, turns.waiting]).toEqual([["a", "b", "c", "d", "e"], 0]);
  });

  it("are given back once, however often that is said", async () => {
    const turns = new Turns(1);
    const told: string[] = [];
    const back = await taking(turns, told, "a");
    back?.();
    back?.();
    const [second] = [await taking(turns, told, "b"), taking(turns, told, "c")];
    await settled();
    expect(told).toEqual(["a", "b"]);
    second?.();
    await settled();
    expect(told).toEqual(["a", "b", "c"]);
  });

  it("go past those who left the line, and past one who leaves at the moment of getting one", async () => {
    const turns = new Turns(1);
    const told: string[] = [];
    const [gone, late] = [new AbortController(), new AbortController()];
    const back = await taking(turns, told, "a");
    void taking(turns, told, "b", gone.signal);
    void taking(turns, told, "c", late.signal);
    void taking(turns, told, "d");
    gone.abort();
    back?.();
    late.abort();
    await settled();
    expect([told, turns.waiting]).toEqual([["a", "b left", "c left", "d"], 0]);
    expect(await turns.take(gone.signal)).toBeNull();
  });
});
