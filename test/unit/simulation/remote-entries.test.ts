// Entries at a real venue that are filled after they were taken back, or that it does not take: what nobody wants any more
// is left, and what is refused is not sent anew with every event that decides it.
import { describe, expect, it } from "vitest";
import { Scene } from "../../support/remote-scene.ts";

describe("an entry that is filled after a decision has taken it back", () => {
  /** So much of 100 is bought, and then it is to be out. */
  function takenBack(filled: number): { readonly scene: Scene; readonly entry: Scene["last"] } {
    const scene = new Scene({ positionSize: 0.1, stopLoss: -0.05 });
    scene.tick(100);
    scene.says("buy");
    const entry = scene.last;
    if (filled > 0) scene.fill(entry, 100, filled);
    scene.tick(100);
    scene.says("exit");
    expect(scene.cancels).toEqual([entry.id]);
    return { scene, entry };
  }
  const flat = (scene: Scene): readonly unknown[] => [scene.simulation.held(0), scene.open()];

  it("is left of that as well, beside the exit of what was held", () => {
    const { scene, entry } = takenBack(40);
    const exit = scene.last;
    scene.fill(entry, 100, 30);
    scene.refuse(entry, "cancelled");
    expect(scene.told(1)).toEqual([
      ["signal", "sell", 40],
      ["signal", "sell", 30],
    ]);
    scene.fill(scene.last, 100);
    scene.fill(exit, 100);
    expect(flat(scene)).toEqual([0, []]);
    expect(scene.simulation.tally).toMatchObject({ held: 0, engaged: 0, coming: 0 });
  });

  it("is left where nothing was held when it was taken back, also when it is filled to its end", () => {
    const { scene, entry } = takenBack(0);
    expect(scene.sent).toHaveLength(1);
    scene.fill(entry, 100);
    expect(scene.told(1)).toEqual([["signal", "sell", 100]]);
    scene.fill(scene.last, 100);
    expect(flat(scene)).toEqual([0, []]);
  });

  it("is left with an exit that was refused before and waits", () => {
    const { scene, entry } = takenBack(40);
    scene.refuse(scene.last);
    scene.fill(entry, 100, 20);
    scene.fill(entry, 100, 10);
    scene.refuse(entry, "cancelled");
    expect(scene.sent).toHaveLength(2);
    scene.tick(100);
    expect(scene.told(2)).toEqual([["signal", "sell", 70]]);
    scene.fill(scene.last, 100);
    expect(flat(scene)).toEqual([0, []]);
  });

  it("is left until nothing is held, where the venue refuses that", () => {
    const { scene, entry } = takenBack(0);
    scene.fill(entry, 100);
    scene.refuse(scene.last);
    scene.tick(100);
    scene.refuse(scene.last);
    scene.tick(100, 2);
    expect(scene.told(1)).toHaveLength(3);
    scene.fill(scene.last, 100);
    expect(flat(scene)).toEqual([0, []]);
  });

  it("is left by a new exit where a turn has taken back what was to leave it, and is taken back itself", () => {
    const scene = new Scene({ positionSize: 0.1, allowShort: true });
    scene.tick(100);
    scene.says("buy");
    const entry = scene.last;
    scene.says("sell");
    scene.refuse(scene.last);
    scene.fill(entry, 100);
    const late = scene.last;
    expect(scene.told(2)).toEqual([["signal", "sell", 100]]);
    scene.says("sell");
    expect(scene.cancels).toEqual([entry.id, late.id]);
    scene.says("exit");
    scene.refuse(late, "cancelled");
    expect(scene.told(3)).toEqual([["signal", "sell", 100]]);
    scene.fill(scene.last, 100);
    expect(flat(scene)).toEqual([0, []]);
  });

  it("is left wholly by the exit behind a turn that has taken back both that were to leave it", () => {
    const scene = new Scene({ positionSize: 0.1, allowShort: true });
    scene.tick(100);
    scene.says("buy");
    const entry = scene.last;
    scene.fill(entry, 100, 50);
    scene.says("exit");
    const exit = scene.last;
    scene.fill(entry, 100, 50);
    const late = scene.last;
    scene.says("sell");
    scene.says("exit");
    expect(scene.cancels).toEqual([entry.id, exit.id, late.id]);
    scene.refuse(exit, "cancelled");
    scene.refuse(late, "cancelled");
    expect(scene.told(1)).toEqual([50, 50, 100].map((quantity) => ["signal", "sell", quantity]));
    scene.fill(scene.last, 100);
    expect(flat(scene)).toEqual([0, []]);
  });

  it.each(["as each is sent", "behind the last one"])(
    "is left by one order where the venue refuses that, %s",
    (when) => {
      const { scene, entry } = takenBack(0);
      let answered = 1;
      const refuses = (): void => {
        for (const sent of scene.sent.slice(answered)) scene.refuse(sent);
        answered = scene.sent.length;
      };
      for (let dust = 0; dust < 20; dust++) {
        scene.fill(entry, 100, 1);
        if (when === "as each is sent") refuses();
      }
      refuses();
      scene.refuse(entry, "cancelled");
      const first = scene.sent.length;
      const after: number[] = [];
      for (let second = 1; second <= 65; second++) {
        scene.tick(100);
        if (scene.sent.length > answered) after.push(second);
        refuses();
      }
      expect(after).toEqual([1, 3, 7, 15, 31, 61]);
      expect(first).toBe(when === "as each is sent" ? 2 : 21);
      expect(scene.told(first)).toEqual(after.map(() => ["signal", "sell", 20]));
      expect(scene.setbacks.at(-1)?.times).toBe(7);
      scene.tick(100, 30);
      scene.fill(scene.last, 100);
      expect(flat(scene)).toEqual([0, []]);
    },
  );

  it("keeps that where a newer decision holds the position after all", () => {
    const { scene, entry } = takenBack(40);
    scene.says("buy");
    scene.fill(entry, 100, 30);
    scene.refuse(entry, "cancelled");
    scene.refuse(scene.last); // the exit: nobody wants it any more
    scene.tick(100, 60);
    expect(scene.sent).toHaveLength(2);
    expect(scene.open()).toEqual([["stop", "working", 70]]);
    scene.says("exit");
    expect(scene.told(2)).toEqual([["signal", "sell", 70]]);
  });

  it("is left wholly by a later exit, behind the one that is still at the venue for a part of it", () => {
    const { scene, entry } = takenBack(40);
    const exit = scene.last;
    scene.says("buy");
    scene.fill(entry, 100, 60);
    scene.says("exit");
    scene.says("exit");
    expect(scene.sent).toHaveLength(2);
    scene.fill(exit, 100);
    expect(scene.told(2)).toEqual([["signal", "sell", 60]]);
    scene.fill(scene.last, 100);
    expect(flat(scene)).toEqual([0, []]);
  });

  it("keeps it also where what was to leave it was refused and waits", () => {
    const { scene, entry } = takenBack(40);
    const exit = scene.last;
    scene.fill(entry, 100, 30);
    const late = scene.last;
    scene.refuse(entry, "cancelled");
    scene.refuse(exit);
    scene.refuse(late);
    scene.says("buy");
    scene.tick(100, 60);
    expect(scene.sent).toHaveLength(3);
    expect(scene.open()).toEqual([["stop", "working", 70]]);
  });

  it("keeps it where nobody has decided to be out: a pause, a limit of risk", () => {
    const scene = new Scene({ positionSize: 0.1, stopLoss: -0.05 });
    scene.tick(100);
    scene.says("buy");
    const entry = scene.last;
    scene.simulation.cancelEntries();
    scene.fill(entry, 100, 30);
    scene.refuse(entry, "cancelled");
    scene.tick(100, 60);
    expect(scene.sent).toHaveLength(1);
    expect(scene.open()).toEqual([["stop", "working", 30]]);
  });
});

describe("an entry that a venue does not take", () => {
  /** Decided with every event, four in a second; after how many seconds each was sent. */
  function decides(scene: Scene, times: number, refuse: () => void): readonly number[] {
    const after: number[] = [];
    for (let time = 0; time < times; time++) {
      refuse();
      const before = scene.sent.length;
      let quarters = 0;
      while (scene.sent.length === before && quarters < 200) {
        scene.tick(100, 0.25);
        scene.says("buy");
        quarters++;
      }
      after.push(quarters / 4);
    }
    return after;
  }
  function refused(policy = {}): Scene {
    const scene = new Scene({ positionSize: 0.1, ...policy });
    scene.tick(100);
    scene.says("buy");
    return scene;
  }

  it.each(["rejected", "expired", "cancelled"] as const)("is sent anew after pauses when it is %s", (state) => {
    const scene = refused();
    expect(decides(scene, 7, () => scene.refuse(scene.last, state))).toEqual([1, 2, 4, 8, 16, 30, 30]);
    expect(scene.setbacks).toEqual([]); // nothing is held
    scene.fill(scene.last, 100, 30);
    scene.refuse(scene.last, "cancelled");
    scene.says("exit");
    scene.fill(scene.last, 100);
    scene.says("buy"); // a part of it was filled: the venue takes them
    expect(scene.told(-1)).toEqual([["signal", "buy", 100]]);
    expect(decides(scene, 2, () => scene.refuse(scene.last, state))).toEqual([1, 2]);
  });

  it("holds up neither an exit nor what turns a position", () => {
    for (const action of ["exit", "sell"] as const) {
      const scene = refused({ allowShort: true });
      const entry = scene.last;
      scene.fill(entry, 100, 40);
      scene.refuse(entry, "cancelled");
      scene.says("exit");
      scene.fill(scene.last, 100);
      scene.says("buy");
      scene.refuse(scene.last);
      scene.simulation.recall({ symbol: 0, quantity: 10, price: 100, fee: 0, time: 1e15 });
      const { length } = scene.sent;
      scene.says(action);
      expect(scene.told(length)).toEqual([["signal", "sell", action === "exit" ? 10 : 110]]);
    }
  });

  it("holds up no entry of the other side, and is forgotten after a while", () => {
    const scene = refused({ allowShort: true });
    expect(decides(scene, 5, () => scene.refuse(scene.last))).toEqual([1, 2, 4, 8, 16]);
    scene.refuse(scene.last);
    scene.says("sell");
    expect(scene.told(-1)).toEqual([["signal", "sell", 100]]);
    scene.refuse(scene.last);
    scene.tick(100, 3_600);
    scene.says("buy");
    expect(decides(scene, 2, () => scene.refuse(scene.last))).toEqual([1, 2]);
  });

  it("is none that only takes what is there at once and finds nothing, but one of those that never got there", () => {
    const scene = refused({ priceLimitBps: 10 });
    const last = (): number => scene.last.id;
    expect(scene.last.order).toMatchObject({ kind: "limit", timeInForce: "ioc" });
    expect(decides(scene, 2, () => scene.refuse(scene.last, "cancelled"))).toEqual([0.25, 0.25]);
    const news = { kind: "state", state: "expired", reason: "it never reached the venue", reached: false } as const;
    expect(decides(scene, 2, () => scene.tell(last(), news))).toEqual([1, 2]);
  });
});
