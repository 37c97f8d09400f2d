// A (mu + lambda) evolution strategy over bounded numbers. It begins with what there is and with sets drawn at random all
// over the box, so that what is judged later was chosen from good and bad alike; then each child is a parent with every
// number moved by about its own step, which grows or shrinks by chance and is kept when it does well. Parents live on
// until something better comes. Values lie on a grid (GRID parts of a range, or whole numbers), so a set is recognised.
// Pure and seeded: the same seed and the same scores give the same sets on every machine. After Rechenberg and Schwefel.
import type { Random } from "../../domain/random.ts";
import type { Breed, EvolutionSettings } from "./species.ts";

export interface Axis {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
}
export type Values = Readonly<Record<string, number>>;

export const EVOLUTION: EvolutionSettings = { parents: 4, children: 8, generations: 3, first: 24 };

interface Individual {
  readonly point: readonly number[];
  /** Share of the range. */
  readonly step: number;
  readonly values: Values;
}

const GRID = 200;
const FIRST_STEP = 0.15;
const STEPS = [0.7, 1, 1.4] as const;
const STEP_MIN = 1 / GRID;
const STEP_MAX = 0.3;
const DRAWS_MAX = 50;

export class Evolution implements Breed<Values> {
  private readonly axes: readonly Axis[];
  private readonly settings: EvolutionSettings;
  private readonly random: Random;
  private readonly conflict: (values: Values) => string | null;
  private readonly base: Individual;
  private readonly tried = new Set<string>();
  private readonly bred = new Map<string, Individual>();
  private readonly ranking: { readonly one: Individual; readonly score: number }[] = [];
  private generation = 0;

  /** `conflict`: why a set makes no sense, null: it does. */
  constructor(
    axes: readonly Axis[],
    base: Values,
    settings: EvolutionSettings,
    random: Random,
    conflict: (values: Values) => string | null = () => null,
  ) {
    this.axes = axes;
    this.settings = settings;
    this.random = random;
    this.conflict = conflict;
    const point = axes.map(({ name, min, max }) => (max > min ? ((base[name] ?? min) - min) / (max - min) : 0));
    // What there is need not lie on the grid.
    this.base = {
      point,
      step: FIRST_STEP,
      values: Object.fromEntries(axes.map(({ name, min }) => [name, base[name] ?? min])),
    };
  }

  /** The sets of the next generation, all of them new; empty when it is over. */
  next(): readonly Values[] {
    const { first, children, generations } = this.settings;
    const generation = this.generation++;
    if (generation > generations || this.axes.length === 0) return [];
    const born = generation === 0 ? [this.base] : [];
    if (generation === 0) this.note(this.base);
    const wanted = generation === 0 ? first : children;
    for (let child = 0; child < wanted; child++) {
      const one = this.draw(() => (generation === 0 ? this.anywhere() : this.childOf()));
      if (one !== null) born.push(one);
    }
    return born.map(({ values }) => values);
  }

  /** Higher is better; null: it could not be scored, and is nobody's parent. */
  tell(values: Values, score: number | null): void {
    const one = this.bred.get(keyOf(values));
    if (one === undefined || score === null) return;
    this.ranking.push({ one, score });
    this.ranking.sort((a, b) => b.score - a.score);
    this.ranking.length = Math.min(this.ranking.length, this.settings.parents);
  }

  private anywhere(): Individual {
    return this.individual(
      this.axes.map(() => this.random.next()),
      FIRST_STEP,
    );
  }

  private childOf(): Individual {
    const parent = this.ranking[this.random.integer(Math.max(1, this.ranking.length))]?.one ?? this.base;
    const factor = STEPS[this.random.integer(STEPS.length)] ?? 1;
    const step = Math.min(Math.max(parent.step * factor, STEP_MIN), STEP_MAX);
    const moved = parent.point.map((at) => reflected(at + step * this.random.normal()));
    return this.individual(moved, step);
  }

  private individual(point: readonly number[], step: number): Individual {
    const values: Record<string, number> = {};
    this.axes.forEach(({ name, min, max, whole }, index) => {
      const at = Math.round((point[index] ?? 0) * GRID) / GRID;
      const value = min + at * (max - min);
      values[name] = whole
        ? Math.min(Math.max(Math.round(value), Math.ceil(min)), Math.floor(max))
        : Number(value.toPrecision(6));
    });
    return { point, step, values };
  }

  private draw(make: () => Individual): Individual | null {
    for (let attempt = 0; attempt < DRAWS_MAX; attempt++) {
      const one = make();
      if (this.tried.has(keyOf(one.values)) || this.conflict(one.values) !== null) continue;
      this.note(one);
      return one;
    }
    return null;
  }

  private note(one: Individual): void {
    this.tried.add(keyOf(one.values));
    this.bred.set(keyOf(one.values), one);
  }
}

function keyOf(values: Values): string {
  return JSON.stringify(values);
}

/** Back from the walls of 0..1. */
function reflected(value: number): number {
  const folded = Math.abs(value) % 2;
  return folded > 1 ? 2 - folded : folded;
}
