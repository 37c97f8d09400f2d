// Versions of a strategy's code that share the symbols of its execution: each symbol is decided by one of them, always the
// same one while the weights are the same, chosen by the hash of its name. All of them see every event, so that whoever
// is given a symbol later knows it; what the others decide is dropped. The account is one. A version that fails is out,
// and its symbols are the deployed one's.
//   versions in the order of their names own parts of [0, 1) in proportion to their weights; a symbol belongs to the part
//   in which its hash / 2^32 lies. Other weights only move symbols across the borders that move.
import type { Decision, FilledEvent, StrategyFault } from "../../sandbox/sandbox.ts";
import { ok, type Result } from "../../domain/result.ts";
import { faultText, type Lane } from "./lane.ts";
import type { VersionFault } from "./messages.ts";
import { mixedHash } from "./symbol-hash.ts";

interface Part {
  readonly version: string;
  /** Where it ends; the last one ends at 1. */
  readonly end: number;
}

export class Sharing {
  readonly faults: VersionFault[] = [];
  private readonly parts: readonly Part[];
  private readonly lanes: Map<string, Lane>;
  private readonly names: readonly string[];
  /** By place: who decides; null: the deployed version. */
  private readonly chosen: (Lane | null | undefined)[] = [];

  /** `lanes`: of the versions beside the deployed one. `names`: of symbols by their places, which may become more. */
  constructor(weights: Readonly<Record<string, number>>, lanes: readonly Lane[], names: readonly string[]) {
    this.parts = partsOf(weights);
    // One may have failed while others were opened: its symbols are the deployed version's as well.
    this.lanes = new Map(lanes.filter(({ silent }) => !silent).map((lane) => [lane.version, lane]));
    this.names = names;
  }

  /** Who decides on the symbol; null: the deployed version. */
  of(place: number): Lane | null {
    const known = this.chosen[place];
    if (known !== undefined) return known;
    const found = this.lanes.get(this.versionOf(this.names[place] ?? "")) ?? null;
    this.chosen[place] = found;
    return found;
  }

  /** Asks all of them; what counts is what the owner of the symbol decides. `deployed`: what the deployed one did. */
  ask(market: FilledEvent, owner: Lane | null, deployed: Decision | null): Result<Decision | null, StrategyFault> {
    let counts = deployed;
    for (const lane of this.lanes.values()) {
      const decided = lane.decide(market);
      if (!decided.ok) this.out(lane, decided.failure);
      else if (lane === owner) counts = decided.value;
    }
    return ok(counts);
  }

  /** Those of other weights that are still needed go on as they are; null where it is not there. */
  lane(version: string): Lane | null {
    return this.lanes.get(version) ?? null;
  }

  /** `but`: go on elsewhere. */
  close(but: readonly Lane[] = []): void {
    for (const lane of this.lanes.values()) if (!but.includes(lane)) lane.close();
    this.lanes.clear();
    this.chosen.length = 0;
  }

  private out(lane: Lane, fault: StrategyFault): void {
    this.faults.push({ version: lane.version, reason: faultText(fault) });
    lane.close();
    this.lanes.delete(lane.version);
    this.chosen.length = 0;
  }

  private versionOf(symbol: string): string {
    const at = mixedHash(symbol) / 2 ** 32;
    return this.parts.find(({ end }) => at < end)?.version ?? "";
  }
}

function partsOf(weights: Readonly<Record<string, number>>): readonly Part[] {
  const wanted = Object.entries(weights).filter(([, weight]) => weight > 0);
  const sorted = wanted.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const sum = sorted.reduce((total, [, weight]) => total + weight, 0);
  let upTo = 0;
  return sorted.map(([version, weight], index) => {
    upTo += weight;
    return { version, end: index === sorted.length - 1 ? 1 : upTo / sum };
  });
}
