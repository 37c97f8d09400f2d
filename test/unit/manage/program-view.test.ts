// What a program is shown of an event of the feed.
import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { FeedEvent } from "../../../src/manage/executions/feed-event.ts";
import { show } from "../../../src/manage/executions/market.ts";
import { blankEvent } from "../../../src/sandbox/sandbox.ts";

describe("what a program is shown", () => {
  it("of a trade has its price as open, high and low, as history has it, whatever the venue says of its day", () => {
    const event = new FeedEvent();
    event.kind = layout.KIND_TRADE;
    event.values.set([100, 2, 140, 60, 90]);
    const shown = show(blankEvent(), 0, event, { bid: 99, ask: 101, bidSize: 1, askSize: 1 }, 0);
    expect(shown).toMatchObject({ kind: "trade", price: 100, volume: 2, open: 100, high: 100, low: 100 });
  });
});
