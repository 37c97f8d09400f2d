// Triangles of currencies: three pairs, told by their names, that lead from a currency back to itself.
import { currencyPair } from "./asset-type.ts";

/** A leg of a cycle: 1 sells the pair's base, -1 buys it. */
export interface CycleLeg {
  readonly symbol: number;
  readonly direction: 1 | -1;
}

/** New triangles that one symbol may close, and triangles of one engine. */
export const TRIANGLES_PER_SYMBOL = 8;
export const TRIANGLES_MAX = 256;

/** The cycle that three named symbols form, starting with the first; null when they form none. */
export function cycleOf(
  symbols: readonly { readonly id: number; readonly name: string }[],
): readonly CycleLeg[] | null {
  const finder = new Triangles();
  const [first, ...others] = symbols;
  if (!first || others.length !== 2) return null;
  for (const { id, name } of others) finder.add(id, name);
  return finder.add(first.id, first.name)[0] ?? null;
}

export class Triangles {
  /** Pairs between two currencies, in the order in which they became known. */
  private readonly edges = new Map<string, Map<string, CycleLeg[]>>();
  private found = 0;

  /** The triangles that a new symbol closes, in a fixed order; its own leg comes first and sells the base. */
  add(id: number, name: string, most = TRIANGLES_MAX): readonly (readonly CycleLeg[])[] {
    const pair = currencyPair(name);
    if (pair === null) return [];
    const [base, quote] = pair;
    const cycles: (readonly CycleLeg[])[] = [];
    for (const [third, outward] of this.edges.get(quote) ?? []) {
      for (const second of outward) {
        for (const last of this.edges.get(third)?.get(base) ?? []) {
          if (cycles.length >= TRIANGLES_PER_SYMBOL || this.found + cycles.length >= most) break;
          cycles.push([{ symbol: id, direction: 1 }, second, last]);
        }
      }
    }
    this.found += cycles.length;
    this.connect(base, quote, { symbol: id, direction: 1 });
    this.connect(quote, base, { symbol: id, direction: -1 });
    return cycles;
  }

  private connect(from: string, to: string, leg: CycleLeg): void {
    const edges = this.edges.get(from) ?? new Map<string, CycleLeg[]>();
    this.edges.set(from, edges);
    const legs = edges.get(to) ?? [];
    edges.set(to, legs);
    legs.push(leg);
  }
}
