// What is being written in the editor: it outlives a look at another page, and what is not saved outlives a reload of the
// tab as well. One desk for each strategy and one for a new one; whatever is under way on a desk goes on while another page
// is shown, and nothing on it is begun twice.
import { signal, type Signal } from "@preact/signals";

export interface Draft {
  readonly id: string | null;
  readonly name: string;
  readonly code: string;
  /** As the engine has it; null: it has not. */
  readonly saved: string | null;
  readonly savedName: string | null;
}

export interface Desk<T> {
  /** Null: what the engine has is not known yet. */
  readonly draft: Signal<Draft | null>;
  readonly busy: Signal<boolean>;
  /** What the last test came to. */
  readonly told: Signal<T | null>;
}

const KEY = "strategy-engine-draft:";
/** Those that nobody needs any more make room for others. */
const DESKS_KEPT = 30;

export function isSaved({ saved, savedName, code, name }: Draft): boolean {
  return saved === code && savedName === name;
}

/** Desks by the strategy that lies on them; `fresh`: what the one for a new strategy begins with. */
export class Desks<T> {
  private readonly desks = new Map<string, Desk<T>>();
  private readonly fresh: Draft;
  private readonly store: Pick<Storage, "getItem" | "setItem" | "removeItem">;

  constructor(fresh: Draft, store: Pick<Storage, "getItem" | "setItem" | "removeItem">) {
    this.fresh = fresh;
    this.store = store;
  }

  of(id: string | null): Desk<T> {
    const name = id ?? "";
    const known = this.desks.get(name);
    if (known !== undefined) return known;
    for (const [other, { busy, draft }] of this.desks) {
      if (this.desks.size < DESKS_KEPT) break;
      if (!busy.peek() && (this.isKept(draft.peek()) || this.store.getItem(KEY + other) !== null))
        this.desks.delete(other);
    }
    const begin = readDraft(this.store.getItem(KEY + name)) ?? (id === null ? this.fresh : null);
    const desk = { draft: signal(begin), busy: signal(false), told: signal<T | null>(null) };
    this.desks.set(name, desk);
    return desk;
  }

  /** False: the browser has no room for it, so a reload of the tab would lose it. */
  change(id: string | null, next: (now: Draft) => Draft): boolean {
    const { draft } = this.of(id);
    const now = next(draft.peek() ?? this.fresh);
    draft.value = now;
    if (this.isKept(now)) {
      this.store.removeItem(KEY + (id ?? ""));
      return true;
    }
    try {
      this.store.setItem(KEY + (id ?? ""), JSON.stringify(now));
      return true;
    } catch {
      return false;
    }
  }

  /** The engine has it, or it is the example that everybody begins with. */
  private isKept(draft: Draft | null): boolean {
    if (draft === null || isSaved(draft)) return true;
    return draft.id === null && draft.code === this.fresh.code && draft.name === this.fresh.name;
  }
}

/** Null: there is none, or it was written by something else. */
function readDraft(text: string | null): Draft | null {
  if (text === null) return null;
  try {
    const read = JSON.parse(text) as Partial<Draft> | null;
    const { id = null, name, code, saved = null, savedName = null } = read ?? {};
    return typeof name === "string" && typeof code === "string" ? { id, name, code, saved, savedName } : null;
  } catch {
    return null;
  }
}
