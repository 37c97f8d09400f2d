// A promotion that is taken back: the version before trades again, whatever has become of it meanwhile. By the thread's own
// host on this one, with programs that run: each version fills orders of its own side, so fills say who decides.
import { describe, expect, it } from "vitest";
import type { VersionOffer } from "../../../src/manage/executions/messages.ts";
import type { CompiledStrategy } from "../../../src/sandbox/sandbox.ts";
import { beginningOf } from "../../support/manage/beginning.ts";
import { type HostLetter, HostThread, programOf, termsWith } from "../../support/manage/host-thread.ts";
import { strategyOf } from "../../support/sandbox/python.ts";

const BUYS = programOf("BUY", strategyOf("return 'BUY'"));
const SELLS = programOf("SELL", strategyOf("return 'SELL'"));
const BROKEN = programOf("broken", "class S:\n    def __init__(self):\n        raise ValueError('no more')\n");
/** Ticks are a second apart; a version that is left is kept for ten minutes. */
const KEPT_TICKS = 601;

/** An execution, and what is asked of its versions. */
class Desk {
  readonly thread = new HostThread();
  private requests = 0;

  /** Version 1 buys, 2 sells; 2 was rolled out, and 1 is kept. */
  static async rolledOut(): Promise<Desk> {
    const desk = new Desk();
    const order = beginningOf({ key: 1, version: "1", program: BUYS, terms: termsWith() });
    await desk.thread.letter({ kind: "begin", order });
    expect(desk.decides()).toBe("BUY");
    await desk.ask({ kind: "contend", ...offer("2", SELLS) });
    expect(await desk.promote("2", SELLS)).toBe("2");
    await desk.ask({ kind: "settle", version: "2" });
    expect(desk.decides()).toBe("SELL");
    return desk;
  }

  /** The version that trades afterwards, as it is answered. */
  async ask(asking: Asked): Promise<string> {
    const request = ++this.requests;
    await this.thread.letter({ key: 1, request, ...asking });
    const answer = this.thread.answer(request);
    return answer?.fault ?? answer?.version ?? "nobody answers";
  }
  promote(version: string, program: CompiledStrategy): Promise<string> {
    return this.ask({ kind: "promote", anew: false, ...offer(version, program) });
  }
  revert(version: string, to: string, program: CompiledStrategy): Promise<string> {
    return this.ask({ kind: "revert", version, to: offer(to, program) });
  }
  trades(): Promise<string> {
    return this.ask({ kind: "compare" });
  }

  /** The side that is filled, of somebody else's position or of none; "nobody": nothing is. */
  decides(): string {
    const { sides, faults } = this.thread.ticks(4);
    expect(faults).toEqual([]);
    return [...new Set(sides)].join(" and ") || "nobody";
  }
}

type WithoutKey<L> = L extends { readonly request: number } ? Omit<L, "key" | "request"> : never;
type Asked = WithoutKey<HostLetter>;

function offer(version: string, program: CompiledStrategy): VersionOffer {
  return { version, program, parameters: {} };
}

describe("a rollback that is taken back", () => {
  it("leaves the version that traded before it trading, time and again", async () => {
    const desk = await Desk.rolledOut();
    for (let round = 0; round < 3; round++) {
      expect(await desk.promote("1", BUYS)).toBe("1");
      expect(desk.decides()).toBe("BUY");
      expect(await desk.revert("1", "2", SELLS)).toBe("2");
      expect(desk.decides()).toBe("SELL");
      expect(await desk.revert("1", "2", SELLS)).toBe("2");
      await desk.ask({ kind: "settle", version: "1" });
    }
    expect(await desk.trades()).toBe("2");
  });

  it("before a single event has come takes and gives back in the same place", async () => {
    const desk = await Desk.rolledOut();
    expect(await desk.promote("1", BUYS)).toBe("1");
    expect(await desk.revert("1", "2", SELLS)).toBe("2");
    expect(await desk.promote("1", BUYS)).toBe("1");
    expect(desk.decides()).toBe("BUY");
  });

  it("opens that version again where it was kept for ten minutes and is no more", async () => {
    const desk = await Desk.rolledOut();
    expect(await desk.promote("1", BUYS)).toBe("1");
    desk.thread.ticks(KEPT_TICKS);
    expect(await desk.revert("1", "2", SELLS)).toBe("2");
    expect(desk.decides()).toBe("SELL");
    // The other one was not kept as well.
    desk.thread.ticks(KEPT_TICKS);
    expect(await desk.promote("1", BUYS)).toBe("1");
    expect(desk.decides()).toBe("BUY");
    expect(await desk.revert("1", "2", SELLS)).toBe("2");
    expect(desk.decides()).toBe("SELL");
  });

  it("opens that version again where a change of limits has let it go", async () => {
    const desk = await Desk.rolledOut();
    expect(await desk.promote("1", BUYS)).toBe("1");
    expect(desk.decides()).toBe("BUY");
    const plain = { kind: "retune", key: 1, version: "2", takesOver: false, parameters: {}, program: null } as const;
    await desk.thread.letter({ ...plain, terms: termsWith({ max_position_size: 5_000 }) });
    expect(await desk.revert("1", "2", SELLS)).toBe("2");
    expect(desk.decides()).toBe("SELL");
  });

  it("ends the execution with the reason where that version cannot be opened any more", async () => {
    const desk = await Desk.rolledOut();
    expect(await desk.promote("1", BUYS)).toBe("1");
    desk.thread.ticks(KEPT_TICKS);
    expect(await desk.revert("1", "2", BROKEN)).toBe("the execution is over");
    const { faults } = desk.thread.ticks(1);
    expect(faults).toEqual([expect.stringMatching(/^version 1 is out, and 2 cannot be opened again: .*no more/)]);
  });

  it("changes nothing where the version traded already, also beside a third one that is kept", async () => {
    const desk = await Desk.rolledOut();
    expect(await desk.promote("2", SELLS)).toBe("2");
    expect(await desk.revert("2", "2", SELLS)).toBe("2");
    expect(await desk.promote("3", BUYS)).toBe("3");
    expect(desk.decides()).toBe("BUY");
    expect(await desk.promote("3", BUYS)).toBe("3");
    expect(await desk.revert("3", "3", BUYS)).toBe("3");
  });

  it("turns to the version that traded before it, not to the one that is kept", async () => {
    const desk = await Desk.rolledOut();
    expect(await desk.promote("3", BUYS)).toBe("3"); // 2 is kept
    expect(await desk.revert("3", "1", BUYS)).toBe("1");
  });

  it("changes nothing where another version has taken over meanwhile", async () => {
    const desk = await Desk.rolledOut();
    expect(await desk.promote("1", BUYS)).toBe("1");
    expect(await desk.promote("3", BUYS)).toBe("3");
    expect(await desk.revert("1", "2", SELLS)).toBe("3");
  });

  it("changes nothing where another version takes over while it is opened again", async () => {
    const desk = await Desk.rolledOut();
    expect(await desk.promote("1", BUYS)).toBe("1");
    desk.thread.ticks(KEPT_TICKS);
    const back = { kind: "revert", key: 1, request: 98, version: "1", to: offer("2", SELLS) } as const;
    const other = { kind: "promote", key: 1, request: 99, anew: false, ...offer("3", BUYS) } as const;
    await desk.thread.letters([other, back]);
    expect([desk.thread.answer(98)?.fault, await desk.trades()]).toEqual([null, "3"]);
  });
});

describe("a contest", () => {
  it("ends with its version, and with no other one's end", async () => {
    const desk = await Desk.rolledOut();
    await desk.ask({ kind: "contend", ...offer("3", BUYS) });
    const compared = async (): Promise<boolean> => {
      await desk.thread.letter({ kind: "compare", key: 1, request: 90 });
      const answers = desk.thread.told.flatMap((news) => (news.kind === "answer" ? [news.answer] : []));
      return answers.at(-1)?.comparison !== null;
    };
    await desk.ask({ kind: "settle", version: "1" });
    expect(await desk.revert("1", "2", SELLS)).toBe("2");
    expect(await compared()).toBe(true);
    expect(await desk.revert("3", "2", SELLS)).toBe("2");
    expect(await compared()).toBe(false);
    await desk.ask({ kind: "contend", ...offer("3", BUYS) });
    expect(await compared()).toBe(true);
    await desk.ask({ kind: "settle", version: "3" });
    expect(await compared()).toBe(false);
  });

  it("ends when a version that is kept takes over, and is not begun again when that is taken back", async () => {
    const desk = await Desk.rolledOut();
    await desk.ask({ kind: "contend", ...offer("3", BUYS) });
    await desk.ask({ kind: "share", percent: 50, by: "capital" });
    desk.thread.ticks(4);
    expect(await desk.promote("1", BUYS)).toBe("1");
    expect(await desk.revert("1", "2", SELLS)).toBe("2");
    desk.thread.ticks(4);
    expect(await desk.revert("3", "2", SELLS)).toBe("2");
  });
});
