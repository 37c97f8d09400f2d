// Who is given nothing for a while: those who had room for a shard that came back.
import { expect, it } from "vitest";
import type { LivingMember } from "../../../src/bus/bus.ts";
import { Gifts } from "../../../src/cluster/gifts.ts";

function member(id: string, leaving = false): LivingMember {
  return { id, run: id, address: "h:1", version: "1", shards: [], capacity: 8, leaving, at: 0 };
}

it("a shard that comes back closes its receivers for a minute, then two, an hour at most", () => {
  const gifts = new Gifts();
  const waits: number[] = [];
  let now = 0;
  for (let count = 0; count < 8; count++) {
    gifts.gave(3, ["b"], now);
    expect(gifts.shuns("b", now)).toBe(false);
    now += 5_000;
    gifts.took(3, [member("a"), member("b"), member("c")], now);
    let wait = 0;
    while (gifts.shuns("b", now + wait)) wait += 60_000;
    waits.push(wait / 60_000);
    expect(gifts.shuns("c", now)).toBe(false);
    now += wait;
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
});

it("one that was served for long, never given, or whose receiver has gone closes nobody", () => {
  const gifts = new Gifts();
  gifts.gave(1, ["b"], 0);
  gifts.took(1, [member("b")], 700_000);
  gifts.took(2, [member("b")], 700_000);
  gifts.gave(3, ["b"], 700_000);
  gifts.took(3, [member("b", true)], 701_000);
  gifts.gave(4, ["b"], 700_000);
  gifts.took(4, [member("a")], 701_000);
  expect(gifts.shuns("b", 701_000)).toBe(false);
});
