// A roster over a TestPlane: symbols are named as the plane names them, their asset types guessed or given.
import { assetTypeCode, type AssetType } from "../../src/domain/asset-type.ts";
import { Roster, type WantedInstance } from "../../src/stream/roster.ts";
import { TestPlane, type PlaneOptions } from "./plane.ts";

export class RosterPlane {
  readonly plane: TestPlane;
  readonly roster: Roster;
  private readonly known: { readonly name: string; readonly assetType: AssetType }[] = [];

  constructor(options: PlaneOptions = {}) {
    this.plane = new TestPlane(options);
    const { known } = this;
    this.roster = new Roster({
      instances: this.plane.instances,
      symbols: {
        get count(): number {
          return known.length;
        },
        idOf: (name) => {
          const id = known.findIndex((one) => one.name === name.toUpperCase());
          return id < 0 ? undefined : id;
        },
        assetTypeOf: (id) => known[id]?.assetType ?? "stocks",
      },
      plane: this.plane.plane,
      now: () => this.plane.clock,
      closed: () => false,
    });
  }

  symbol(name: string, assetType: AssetType): void {
    this.plane.symbol(name, assetTypeCode(assetType));
    this.known.push({ name, assetType });
  }

  /** So many symbols are known by name alone. */
  pretend(count: number): void {
    while (this.known.length < count) this.known.push({ name: `P${this.known.length}`, assetType: "stocks" });
  }

  bring(wanted: Partial<WantedInstance> = {}): string {
    const done = this.roster.bring({ ...MOMENTUM, ...wanted });
    this.plane.settle();
    return done.ok ? done.value : done.failure.code;
  }
}

export const MOMENTUM: WantedInstance = {
  strategyId: "strat_abc123",
  type: "momentum_rider",
  parameters: {},
  enabled: true,
  assetTypes: null,
  symbols: null,
};
