// Strategies of several legs: who hears which event. A group belongs to one worker, which keeps its own copy of the
// legs' prices, so no worker reads what another one writes. Lists of legs: groups/row.ts. One switch per occasion.
import * as layout from "../layout";
import { triangleBeat, triangleLeg, triangleQuit, triangleQuote } from "../kernels/arbitrage/triangular-arbitrage";
import {
  cointegrationBeat,
  cointegrationOpen,
  cointegrationQuit,
  cointegrationTick,
} from "../kernels/statistical/cointegration-model";
import {
  pairsBeat,
  pairsConfigure,
  pairsEnd,
  pairsOpen,
  pairsQuit,
  pairsTick,
} from "../kernels/statistical/pairs-trading";
import { globals, groupRow, legHeads, maxGroups, ownsGroup } from "../plan";
import { GROUP_INSTANCE, GROUP_LEGS, groupClear, groupCode, groupDefine, linkGroup, linkLeg, nextLegLink } from "./row";

export { groupRelink } from "./row";

/** One leg of a group; the first one opens the row anew. `direction`: 1 or -1 in a cycle of currencies, else 0. */
export function defineLeg(group: u32, instance: u32, index: u32, symbol: u32, legs: u32, direction: f64): void {
  const opens = groupDefine(group, instance, index, symbol, legs);
  if (group >= maxGroups) return;
  const row = groupRow(group);
  if (load<u32>(row, GROUP_INSTANCE) != instance + 1 || load<u32>(row, GROUP_LEGS) != index + 1) return;
  if (groupCode(group) == layout.TRIANGULAR_ARBITRAGE) return triangleLeg(row, index, direction);
  if (!opens) return;
  switch (groupCode(group)) {
    case layout.PAIRS_TRADING:
      return pairsOpen(group);
    case layout.COINTEGRATION_MODEL:
      return cointegrationOpen(row);
    default:
  }
}

/** The instance falls silent: every position of its groups that this worker owns ends, with one exit for each leg. */
export function quitGroups(instance: u32): void {
  const used = load<u32>(globals, layout.GLOBALS_GROUPS);
  for (let group: u32 = 0; group < used; group++) {
    if (!ownsGroup(group) || load<u32>(groupRow(group), GROUP_INSTANCE) != instance + 1) continue;
    switch (groupCode(group)) {
      case layout.TRIANGULAR_ARBITRAGE: {
        triangleQuit(group);
        break;
      }
      case layout.PAIRS_TRADING: {
        pairsQuit(group);
        break;
      }
      case layout.COINTEGRATION_MODEL: {
        cointegrationQuit(group);
        break;
      }
      default:
    }
  }
}

/** Frees every group of the instance that this worker owns. */
export function removeGroups(instance: u32): void {
  const used = load<u32>(globals, layout.GLOBALS_GROUPS);
  for (let group: u32 = 0; group < used; group++) {
    if (!ownsGroup(group) || load<u32>(groupRow(group), GROUP_INSTANCE) != instance + 1) continue;
    if (groupCode(group) == layout.PAIRS_TRADING) pairsEnd(group);
    groupClear(group);
  }
}

/** After new parameters: the groups of the instance take over what they keep copies of. */
export function configureGroups(instance: u32): void {
  const used = load<u32>(globals, layout.GLOBALS_GROUPS);
  for (let group: u32 = 0; group < used; group++) {
    if (groupCode(group) != layout.PAIRS_TRADING) continue;
    if (load<u32>(groupRow(group), GROUP_INSTANCE) == instance + 1) pairsConfigure(group);
  }
}

/** A trade or bar close of a symbol that has legs. */
export function legTick(symbol: u32, price: f64, time: f64, lag: f64): void {
  let link = load<u32>(legHeads + (symbol << 2));
  while (link != 0) {
    const group = linkGroup(link);
    switch (groupCode(group)) {
      case layout.PAIRS_TRADING: {
        pairsTick(group, linkLeg(link), price, time, lag);
        break;
      }
      case layout.COINTEGRATION_MODEL: {
        cointegrationTick(group, linkLeg(link), price, time, lag);
        break;
      }
      default:
    }
    link = nextLegLink(link);
  }
}

/** A quote record of a symbol that has legs, of any level of its book. */
export function legQuote(symbol: u32, record: usize, time: f64, lag: f64): void {
  let link = load<u32>(legHeads + (symbol << 2));
  while (link != 0) {
    const group = linkGroup(link);
    switch (groupCode(group)) {
      case layout.TRIANGULAR_ARBITRAGE: {
        triangleQuote(group, linkLeg(link), record, time);
        break;
      }
      default:
    }
    link = nextLegLink(link);
  }
}

/** A clock event: `tiers` that are due. Bars whose end has passed in the time of their data close at tactical beats. */
export function groupBeat(tiers: u32, clock: f64): void {
  const tactical = (tiers & layout.TIER_TACTICAL) != 0;
  if (tactical) pairsBeat<v128>(clock);
  const used = load<u32>(globals, layout.GLOBALS_GROUPS);
  for (let group: u32 = 0; group < used; group++) {
    switch (groupCode(group)) {
      case layout.COINTEGRATION_MODEL: {
        if (tactical) cointegrationBeat(group, clock);
        break;
      }
      case layout.TRIANGULAR_ARBITRAGE: {
        if (tiers & layout.TIER_FAST) triangleBeat(group);
        break;
      }
      default:
    }
  }
}
