// One part of a search: the candidates that were born together. Each is tried here, one after the other, or, while somebody
// else is there for it, elsewhere, all at the same time; a candidate that nobody else could try is tried here after all. What
// comes of it is the same: results are told apart by their place, not by when they came. The first candidate of a search is
// tried alone, because what it read says what all the others are counted on.
import type { Species } from "./species.ts";
import type { TrialSpec, Tried } from "./trial.ts";

/** Who tries candidates beside this thread. */
export interface Elsewhere {
  /** Whether somebody is there. */
  attended(): boolean;
  try(trial: TrialSpec): Promise<TriedElsewhere>;
}
/** `again`: nobody is there any more, but may be later; else whoever had it could not do it. */
export type TriedElsewhere = { readonly tried: Tried } | { readonly tried: null; readonly again: boolean };

export interface PartHooks {
  /** Null: there is nobody. */
  readonly elsewhere: Elsewhere | null;
  /** Before a candidate is tried; true: stop. */
  readonly pace: () => boolean;
  /** So many of the part have begun, on the data that `about` names. */
  readonly begin: (about: Tried["about"], trials: number) => void;
  readonly onTried: () => void;
}

export class Part<G> {
  /** By the places of candidates; a sentence says why one could not be run, null: it was not tried. */
  readonly results: (Tried | string | null)[];
  private readonly species: Species<G>;
  private readonly born: readonly G[];
  private readonly hooks: PartHooks;
  private readonly begun = new Set<number>();
  /** Places that nobody else could try. */
  private readonly own = new Set<number>();
  private about: Tried["about"] | null;

  /** `about`: what candidates of the same search have read; null: none was tried yet. */
  constructor(species: Species<G>, born: readonly G[], about: Tried["about"] | null, hooks: PartHooks) {
    this.species = species;
    this.born = born;
    this.about = about;
    this.hooks = hooks;
    this.results = born.map(() => null);
  }

  /** True: it was stopped before all were tried. */
  async run(): Promise<boolean> {
    for (let open = this.open(); open.length > 0; open = this.open()) {
      if (this.hooks.pace()) return true;
      const away = this.away(open);
      this.begin(away.length > 0 ? away : open.slice(0, 1));
      if (away.length > 0) await Promise.all(away.map((place) => this.tryElsewhere(place)));
      else await this.tryHere(open[0] ?? 0);
    }
    return false;
  }

  private open(): readonly number[] {
    return [...this.born.keys()].filter((place) => this.results[place] === null);
  }

  private away(open: readonly number[]): readonly number[] {
    const { elsewhere } = this.hooks;
    if (elsewhere === null || this.species.trial === undefined || !elsewhere.attended()) return [];
    return (this.about === null ? open.slice(0, 1) : open).filter((place) => !this.own.has(place));
  }

  /** Before it is run, so that a kill does not take back that it was tried. */
  private begin(places: readonly number[]): void {
    const before = this.begun.size;
    for (const place of places) this.begun.add(place);
    if (this.about !== null && this.begun.size > before) this.hooks.begin(this.about, this.begun.size);
  }

  private async tryHere(place: number): Promise<void> {
    const one = this.born[place] as G;
    this.done(place, await this.species.evaluate(one).catch((error: unknown) => reasonOf(error)));
  }

  private async tryElsewhere(place: number): Promise<void> {
    const { species, hooks } = this;
    const trial = species.trial?.(this.born[place] as G);
    if (trial === undefined || hooks.elsewhere === null) return;
    const end = await hooks.elsewhere.try(trial);
    if (end.tried !== null) this.done(place, end.tried);
    else if (!end.again) this.own.add(place);
  }

  private done(place: number, result: Tried | string): void {
    this.results[place] = result;
    if (typeof result !== "string") this.about ??= result.about;
    this.hooks.onTried();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
