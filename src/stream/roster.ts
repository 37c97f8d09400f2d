// The registered strategies' rows of the instance table, brought to what their owner wants: `bring` looks at what there
// is, and writes the control events that are missing. It may be called again at any time, so the same call serves a
// registration, a change of parameters, a pause, and a restart after a crash at any moment in between.
import * as layout from "../../assembly/layout.ts";
import { assetTypeName, type AssetType } from "../domain/asset-type.ts";
import { invalid, type Failure } from "../domain/failure.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { STRATEGIES, type StrategyType } from "../domain/strategies.ts";
import type { EpochUs } from "../domain/units.ts";
import type { Names } from "./ingest/ingest.ts";
import { single, type InstanceFailure, type InstanceRequest } from "./instance-rules.ts";
import type { InstanceInfo, Instances } from "./instances.ts";
import { ownerMark } from "./owners.ts";
import type { Plane } from "./rings/plane.ts";

/** What a strategy wants of one type. */
export interface WantedInstance {
  readonly strategyId: string;
  readonly type: string;
  /** By the names of the type's parameters; what is missing has its default. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly barMs?: number;
  readonly enabled: boolean;
  /** Null: of every asset type. */
  readonly assetTypes: readonly AssetType[] | null;
  /** Names of the symbols, in the order of the legs; null: all of these asset types. Those never seen join later. */
  readonly symbols: readonly string[] | null;
}

/** `waiting`: not all of its legs were seen yet. */
export type Presence = "running" | "waiting";

export interface RosterParts {
  readonly instances: Instances;
  readonly symbols: Pick<Names, "count" | "idOf" | "assetTypeOf">;
  readonly plane: Plane;
  readonly now: () => EpochUs;
  /** The stream has ended; another one may take its place. */
  readonly closed: () => boolean;
}

/** Events that removing an instance and defining it again can take beside its symbols. */
const EVENTS_MAX = 128;
const EVENTS_PER_SYMBOL = 3;
/** More than these cannot be written in one piece. */
const SYMBOLS_MOST = Math.floor((layout.EVENT_SLOTS - 1 - EVENTS_MAX) / EVENTS_PER_SYMBOL);

export class Roster {
  private readonly parts: RosterParts;

  constructor(parts: RosterParts) {
    this.parts = parts;
  }

  bring(wanted: WantedInstance): Result<Presence, Failure> {
    const { instances, plane, now } = this.parts;
    const type = STRATEGIES.find(({ name }) => name === wanted.type);
    if (!type?.built) return failed({ code: "not_available", what: `strategy ${wanted.type}` });
    const present = instances.ownedBy(ownerMark(wanted.strategyId, type.name));
    const symbols = this.symbolsOf(wanted, type);
    const shut = this.refusal(this.reach(symbols) + (present === undefined ? 0 : this.reach(present.symbols)));
    if (shut !== null) return failed(shut);
    plane.writer.stamp(now());
    const done =
      symbols === "waiting" ? this.wait(present) : this.place(type, requestOf(wanted, type, symbols), wanted, present);
    plane.ring.publish();
    return done;
  }

  /** Removes the strategy's instances, of `types` or all; the number of those that there were. */
  drop(strategyId: string, types: readonly string[] = STRATEGIES.map(({ name }) => name)): Result<number, Failure> {
    const { instances, plane, now } = this.parts;
    const shut = this.refusal(0);
    if (shut !== null) return failed(shut);
    plane.writer.stamp(now());
    const mine = types.flatMap((type) => instances.ownedBy(ownerMark(strategyId, type)) ?? []);
    for (const { id } of mine) instances.remove(id);
    plane.ring.publish();
    return ok(mine.length);
  }

  /** Removes every registered row whose mark is not one of these: half written, or of a strategy that is gone. */
  retain(marks: ReadonlySet<number>): Result<number, Failure> {
    const { instances, plane, now } = this.parts;
    plane.writer.stamp(now());
    let removed = 0;
    for (const { id, owner } of instances.all) {
      if (id < STRATEGIES.length || marks.has(owner)) continue;
      const shut = this.refusal(0);
      if (shut !== null) return failed(shut);
      if (instances.remove(id)) removed++;
    }
    plane.ring.publish();
    return ok(removed);
  }

  /** How many symbols that are. */
  private reach(symbols: readonly number[] | null | "waiting"): number {
    return symbols === null ? this.parts.symbols.count : symbols === "waiting" ? 0 : symbols.length;
  }

  private refusal(symbols: number): Failure | null {
    if (this.parts.closed()) return { code: "restarting" };
    const needed = EVENTS_MAX + symbols * EVENTS_PER_SYMBOL;
    // It would never have room, however long somebody waited.
    if (needed >= layout.EVENT_SLOTS)
      return invalid("parameters.symbols", `must name fewer symbols: ${symbols} are meant, and ${SYMBOLS_MOST} fit`);
    const room = this.parts.plane.ring.free() > needed;
    return room ? null : { code: "overloaded", what: "the event ring" };
  }

  /** Ids of the symbols that it wants and that there are; null: all. */
  private symbolsOf(wanted: WantedInstance, type: StrategyType): readonly number[] | null | "waiting" {
    const { symbols } = this.parts;
    const { assetTypes, symbols: names } = wanted;
    if (names === null && (assetTypes === null || !single(type))) return single(type) ? null : [];
    if (names !== null) {
      const ids = names.map((name) => symbols.idOf(name));
      if (!single(type) && ids.includes(undefined)) return "waiting";
      return ids.filter((id) => id !== undefined);
    }
    const all = Array.from({ length: symbols.count }, (_, id) => id);
    return all.filter((id) => assetTypes?.includes(symbols.assetTypeOf(id)));
  }

  /** Its legs are not all there: what it had before with other legs must not go on. */
  private wait(present: InstanceInfo | undefined): Result<Presence, Failure> {
    if (present) this.parts.instances.remove(present.id);
    return ok("waiting");
  }

  private place(
    type: StrategyType,
    request: InstanceRequest,
    wanted: WantedInstance,
    present: InstanceInfo | undefined,
  ): Result<Presence, Failure> {
    const { instances } = this.parts;
    if (present && fitsInPlace(present, type, request)) return this.adjust(present, type, request, wanted.enabled);
    const fault = instances.wrong(type, request);
    if (fault !== null) return failed(failureOf(fault));
    if (present) instances.remove(present.id);
    const added = instances.add(request);
    if (!added.ok) return failed(failureOf(added.failure));
    if (!wanted.enabled) instances.enable(added.value.id, false);
    return ok("running");
  }

  private adjust(
    present: InstanceInfo,
    type: StrategyType,
    request: InstanceRequest,
    enabled: boolean,
  ): Result<Presence, Failure> {
    const { instances } = this.parts;
    const { id } = present;
    const fault = instances.wrong(type, request);
    if (fault !== null) return failed(failureOf(fault));
    const changed = type.parameters.flatMap(({ name, default: value }) => {
      const now = request.parameters?.[name] ?? value;
      return now === present.parameters[name] ? [] : [[name, now] as const];
    });
    const had = new Set(present.symbols);
    const more = present.symbols === null ? [] : (request.symbols ?? []).filter((symbol) => !had.has(symbol));
    const steps =
      (present.symbols === null || !single(type) || instances.extend(id, more, request.joins)) &&
      (changed.length === 0 || instances.change(id, Object.fromEntries(changed))) &&
      (present.enabled === enabled || instances.enable(id, enabled));
    return steps ? ok("running") : failed(NO_ROOM);
  }
}

const NO_ROOM: Failure = {
  code: "capacity_exceeded",
  what: "cells of the instance table",
  limit: 0,
  setting: "MAX_INSTANCES",
  issue:
    "the table of instances has no room for this one on all its symbols; raise MAX_INSTANCES, or name fewer symbols",
};

function requestOf(wanted: WantedInstance, type: StrategyType, symbols: readonly number[] | null): InstanceRequest {
  const { strategyId, parameters, barMs, assetTypes, symbols: names } = wanted;
  const named = names === null ? null : new Set(names.map((name) => name.toUpperCase()));
  const joins = (name: string, asset: number): boolean =>
    named === null ? (assetTypes?.includes(assetTypeName(asset)) ?? true) : named.has(name);
  return {
    strategy: type.name,
    strategyId,
    parameters,
    ...(barMs === undefined ? {} : { barMs }),
    ...(symbols === null ? {} : { symbols }),
    ...(symbols === null || !single(type) ? {} : { joins }),
  };
}

/** Whether the row can become what is wanted and keep its windows: nothing that it is attached to has to go. */
function fitsInPlace(present: InstanceInfo, type: StrategyType, request: InstanceRequest): boolean {
  const wanted = request.symbols ?? null;
  if (present.barMs !== (request.barMs ?? type.barMs)) return false;
  if (present.confirmBarMs !== (request.parameters?.["confirm_bar_ms"] ?? 0)) return false;
  if (wanted === null || present.symbols === null) return wanted === present.symbols;
  if (!single(type)) return legsOf(type, wanted) === legsOf(type, present.symbols);
  return present.symbols.every((symbol) => wanted.includes(symbol));
}

/** The order of legs says which is which, except in a cycle. */
function legsOf(type: StrategyType, symbols: readonly number[]): string {
  return (type.code === layout.TRIANGULAR_ARBITRAGE ? symbols.toSorted((a, b) => a - b) : symbols).join();
}

function failureOf(failure: InstanceFailure): Failure {
  if (failure.code === "validation_error") return invalid(failure.field, failure.issue);
  return failure.code === "overloaded" ? { code: "overloaded", what: "the event ring" } : failure;
}
