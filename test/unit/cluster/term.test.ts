// A lease by the clock of its node: over when it was not renewed for its life, whatever the reason; waiting only where the
// part of Redis that has it is away and the rest is not, and then never longer than that can be said. Time is what the test
// says.
import { expect, it } from "vitest";
import type { Lease } from "../../../src/bus/bus.ts";
import { failed, ok, type Result } from "../../../src/domain/result.ts";
import { Term, type TermParts, type TermState, WAIT_MS_MAX } from "../../../src/cluster/term.ts";
import { QUIET } from "../../support/quiet-log.ts";

const LEASE: Lease = { shard: 2, epoch: 5, nodeId: "a", address: "h:1", token: "5:a:h:1" };
const LEASE_MS = 2_000;
/** Ahead of the machine's clock, so that this counts for nothing. */
const BEGIN = 1e12;

class Scene {
  /** What Redis says of the lease; null: it does not answer. */
  says: boolean | null = true;
  heardAt = -Infinity;
  newest: Result<number, string> = ok(5);
  readonly asked: string[] = [];
  readonly term = new Term(LEASE, BEGIN, {
    store: this.store(),
    folder: { newestEpoch: () => Promise.resolve(this.newest) },
    leaseMs: LEASE_MS,
    log: QUIET,
  });

  /** Asks for the lease at this time, ms behind the beginning. */
  renew(ms: number): Promise<string> {
    return this.term.renew(BEGIN + ms, () => undefined).finally(() => this.term.end());
  }

  /** Another part of Redis answers. */
  hears(ms: number): void {
    this.heardAt = BEGIN + ms;
  }

  at(ms: number): TermState {
    return this.term.at(BEGIN + ms);
  }

  private store(): TermParts["store"] {
    const answer = (how: string) => (): Promise<boolean> => {
      this.asked.push(how);
      return this.says === null ? Promise.reject(new Error("away")) : Promise.resolve(this.says);
    };
    const store = { renew: answer("renew"), resume: answer("resume"), heardAt: 0 };
    return Object.defineProperty(store, "heardAt", { get: () => this.heardAt });
  }
}

it("is ours for its life from before the newest renewal was asked for, and over behind that", async () => {
  const scene = new Scene();
  expect(await scene.renew(1_000)).toBe("renewed");
  expect([scene.at(3_000), scene.at(3_001)]).toEqual(["ours", "over"]);
  scene.hears(3_000);
  expect(scene.at(3_001)).toBe("over"); // nobody was asked: it was this process that stood still
});

it("is over when Redis is silent as a whole, or has not spoken since", async () => {
  const scene = new Scene();
  scene.says = null;
  scene.hears(400);
  expect(await scene.renew(500)).toBe("unanswered");
  expect([scene.at(2_000), scene.at(2_001)]).toEqual(["ours", "over"]);
  scene.hears(600);
  expect([scene.at(2_001), scene.at(2_600), scene.at(2_601)]).toEqual(["waiting", "waiting", "over"]);
});

it("waits while the rest of Redis speaks, and not for ever", async () => {
  const scene = new Scene();
  scene.says = null;
  await scene.renew(500);
  for (const ms of [2_001, LEASE_MS + WAIT_MS_MAX]) {
    scene.hears(ms);
    expect(scene.at(ms)).toBe("waiting");
  }
  scene.hears(LEASE_MS + WAIT_MS_MAX + 1);
  expect(scene.at(LEASE_MS + WAIT_MS_MAX + 1)).toBe("over");
});

it("a renewal that takes longer than a turn is one that nobody has answered yet", async () => {
  const scene = new Scene();
  let answer: (ours: boolean) => void = () => undefined;
  const parts = { folder: { newestEpoch: () => Promise.resolve(scene.newest) }, leaseMs: LEASE_MS, log: QUIET };
  const slow = new Promise<boolean>((resolve) => (answer = resolve));
  const store = { renew: () => slow, resume: () => expect.unreachable(), heardAt: BEGIN + 2_100 };
  const term = new Term(LEASE, BEGIN, { ...parts, store });
  const first = term.renew(BEGIN + 500, () => undefined);
  expect([term.at(BEGIN + 2_200), term.inDoubt]).toEqual(["over", false]);
  expect(await term.renew(BEGIN + 1_000, () => undefined)).toBe("unanswered"); // and asks no second time
  expect([term.at(BEGIN + 2_200), term.inDoubt]).toEqual(["waiting", true]);
  answer(true);
  expect(await first).toBe("renewed");
  expect([term.at(BEGIN + 2_500), term.inDoubt]).toEqual(["ours", false]);
});

it("asks for a lease that may have ended as one that it had, and is lost when another one had it", async () => {
  const scene = new Scene();
  scene.says = null;
  await scene.renew(500);
  await scene.renew(3_000);
  scene.hears(3_500);
  scene.says = true;
  expect(await scene.renew(4_000)).toBe("renewed");
  expect(scene.at(6_000)).toBe("ours");
  expect(scene.asked).toEqual(["renew", "resume", "resume"]);
  await scene.renew(4_500);
  expect(scene.asked.at(-1)).toBe("renew");
  scene.says = null;
  await scene.renew(5_000);
  scene.says = false;
  expect(await scene.renew(8_000)).toBe("lost");
});

it("a lease that had ended is not gone on with when the folder has a later owner's work, or cannot be asked", async () => {
  for (const newest of [ok(6), failed("not mounted")]) {
    const scene = new Scene();
    scene.newest = newest;
    scene.says = null;
    await scene.renew(500);
    scene.says = true;
    expect(await scene.renew(1_500)).toBe("renewed"); // it had not ended
    scene.says = null;
    await scene.renew(2_000);
    scene.says = true;
    expect(await scene.renew(4_000)).toBe("lost");
  }
});

it("who is refused asks again by itself", async () => {
  const scene = new Scene();
  scene.says = null;
  await new Promise<void>((resolve) => {
    void scene.term.renew(BEGIN, resolve);
  });
  scene.term.end();
  expect(scene.asked).toEqual(["renew"]);
});
