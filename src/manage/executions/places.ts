// The symbols of one execution: places from 0 in the order in which they were named or came, which is how the program and
// the account know them, and the ids by which the stream does. The list of names is handed to the program and grows with
// an execution of all symbols. Also what the market did from step to step: the mean return of these symbols.
const NONE = -1;

export class Places {
  readonly names: string[];
  private readonly everything: boolean;
  private readonly byName = new Map<string, number>();
  private readonly byId: number[] = [];
  /** Prices now and at the last step, and which have changed since. */
  private readonly prices: number[] = [];
  private readonly stepPrices: number[] = [];
  private readonly touched: number[] = [];
  private readonly isTouched: boolean[] = [];
  private priced = 0;

  /** Null: all symbols; there is one without a name until the first is known. */
  constructor(symbols: readonly string[] | null) {
    this.everything = symbols === null;
    this.names = symbols === null ? [""] : [...symbols];
    for (const [place, name] of this.names.entries()) if (name !== "") this.byName.set(name, place);
  }

  /** A symbol of the stream; only names that are wanted get a place. */
  learn(id: number, name: string): void {
    const place = this.named(name);
    if (place >= 0) this.byId[id] = place;
  }

  of(id: number): number {
    return this.byId[id] ?? NONE;
  }

  /** The place of a name; -1 where it is not wanted. */
  named(name: string): number {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    if (!this.everything) return NONE;
    const place = this.names[0] === "" ? 0 : this.names.length;
    this.names[place] = name;
    this.byName.set(name, place);
    return place;
  }

  /** The place of a name that has one; -1 where it has none. */
  known(name: string): number {
    return this.byName.get(name) ?? NONE;
  }

  /** Whether events of this id are for it. */
  wants(id: number): boolean {
    return this.byId[id] !== undefined;
  }

  moved(place: number, price: number): void {
    if (!(price > 0)) return;
    if (this.stepPrices[place] === undefined) {
      this.stepPrices[place] = price;
      this.priced++;
    }
    this.prices[place] = price;
    if (this.isTouched[place] === true) return;
    this.isTouched[place] = true;
    this.touched.push(place);
  }

  /** Mean return of the symbols since the last call. */
  step(): number {
    let sum = 0;
    for (const place of this.touched) {
      const price = this.prices[place] ?? 0;
      const before = this.stepPrices[place] ?? 0;
      if (before > 0) sum += price / before - 1;
      this.stepPrices[place] = price;
      this.isTouched[place] = false;
    }
    this.touched.length = 0;
    return this.priced > 0 ? sum / this.priced : 0;
  }
}
