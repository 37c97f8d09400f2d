// What operators corrected of instruments, kept in the store: a correction is durable there, with its entry in the audit
// trail, before it becomes events of the stream. The journal carries them as well; a start gives the core what it does not
// have, so a correction outlives a journal that was lost or belongs to an earlier layout. One for a symbol, or with a
// benchmark, that the stream has not seen waits until it has. Main thread only.
import { ASSET_TYPES } from "../../domain/asset-type.ts";
import { invalid, type Failure } from "../../domain/failure.ts";
import { INSTRUMENT_FIELDS, parseSession, sessionText, type InstrumentChange } from "../../domain/instrument.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { instrumentTable } from "../../store/operations.ts";
import type { Store } from "../../store/store.ts";
import type { Audit } from "../oversight/oversight.ts";
import { Queues } from "../queues.ts";

/** What corrections take effect in. */
export interface InstrumentPlane {
  setInstrument(symbol: string, change: InstrumentChange): Result<null, Failure>;
  readonly ingest: { readonly symbols: { idOf(name: string): number | undefined } };
}

export interface InstrumentSettingsOptions {
  readonly store: Store;
  readonly audit: Audit;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
}

/** By the API's names; only what was ever corrected. */
type Settings = Readonly<Record<string, unknown>>;

const RETRY_MS = 50;

export class InstrumentSettings {
  private readonly options: InstrumentSettingsOptions;
  private readonly set = new Map<string, Settings>();
  private readonly queues = new Queues();
  private plane: InstrumentPlane | null = null;
  /** Symbols whose corrections are not in the stream of the moment. */
  private readonly owed = new Set<string>();
  private payDue = false;
  private retry: NodeJS.Timeout | undefined;

  constructor(options: InstrumentSettingsOptions) {
    this.options = options;
  }

  async load(): Promise<void> {
    for (const { symbol, settings } of await instrumentTable.load(this.options.store)) this.set.set(symbol, settings);
  }

  /** The symbol is known by its canonical name. What has no room in the stream now comes into force in a moment. */
  put(symbol: string, change: InstrumentChange, actor: string): Promise<Result<null, Failure>> {
    return this.queues.run(symbol, async () => {
      const { audit, now } = this.options;
      if (this.plane === null) return failed({ code: "restarting" });
      if (!this.knows(symbol)) return failed({ code: "not_found", kind: "symbol", id: symbol });
      if (typeof change.benchmark === "string" && !this.knows(change.benchmark))
        return failed(invalid("benchmark", "must be a symbol that was seen; GET /symbols lists them"));
      const before = this.set.get(symbol) ?? null;
      const settings = { ...before, ...settingsOf(change) };
      const told = { actor, action: "instrument.put", target: symbol, from: before, to: settings };
      const stored = await audit.record(told, [instrumentTable.put({ symbol, settings, updatedAt: now() })]);
      if (!stored.ok) return stored;
      this.set.set(symbol, settings);
      this.owed.add(symbol);
      this.pay();
      return this.owed.has(symbol) ? failed({ code: "overloaded", what: "the event ring" }) : ok(null);
    });
  }

  /** The stream in which they take effect from now on. */
  join(plane: InstrumentPlane): void {
    this.plane = plane;
    for (const symbol of this.set.keys()) this.owed.add(symbol);
    this.pay();
  }

  /** A symbol that the stream sees for the first time; may be called while it takes its tick. */
  seen(): void {
    if (this.owed.size === 0 || this.payDue) return;
    this.payDue = true;
    setImmediate(() => {
      this.payDue = false;
      this.pay();
    });
  }

  close(): void {
    this.plane = null;
    clearTimeout(this.retry);
  }

  private knows(symbol: string): boolean {
    return this.plane?.ingest.symbols.idOf(symbol) !== undefined;
  }

  /** What the stream refuses for another reason than want of room waits for the symbols that it names. */
  private pay(): void {
    clearTimeout(this.retry);
    const { plane } = this;
    if (plane === null) return;
    let full = false;
    for (const symbol of this.owed) {
      if (!this.knows(symbol)) continue;
      const done = plane.setInstrument(symbol, changeOf(this.set.get(symbol) ?? {}));
      if (done.ok) this.owed.delete(symbol);
      else if (done.failure.code === "overloaded") full = true;
    }
    if (full) this.retry = setTimeout(() => this.pay(), RETRY_MS);
  }
}

function settingsOf({ fields, session, assetType, benchmark }: InstrumentChange): Settings {
  return {
    ...fields,
    ...(session === undefined ? {} : { session: sessionText(session) }),
    ...(assetType === undefined ? {} : { asset_type: assetType }),
    ...(benchmark === undefined ? {} : { benchmark }),
  };
}

function changeOf(settings: Settings): InstrumentChange {
  const given = INSTRUMENT_FIELDS.filter((name) => typeof settings[name] === "number");
  const { session, asset_type: assetType, benchmark } = settings;
  const named = ASSET_TYPES.find((one) => one === assetType);
  const hours = typeof session === "string" ? parseSession(session) : null;
  return {
    fields: Object.fromEntries(given.map((name) => [name, settings[name]])),
    ...(hours === null ? {} : { session: hours }),
    ...(named === undefined ? {} : { assetType: named }),
    ...(benchmark === null || typeof benchmark === "string" ? { benchmark } : {}),
  };
}
