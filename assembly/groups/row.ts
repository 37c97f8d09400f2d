// The row of a group: 2..6 legs whose log prices are sampled together. Owned by one worker, state as a whole, except the
// lists that lead from a symbol to its legs: those are derived, per worker, and rebuilt by groupRelink. A rule of a group
// reads nothing of a leg but what the group has heard itself: a symbol's row belongs to another worker, which may be
// elsewhere in the stream. So entry thresholds of groups do not follow the regimes of their legs.
//
//   0 ......... 511    words of the group, GROUP_ below
//   512 + 64 l         leg l, LEG_ below
//   2048 + 8192 l      ring of GROUP_WINDOW_MAX samples of leg l: ln(price) - LEG_BASE, sample c at slot c & 1023
import * as layout from "../layout";
import { GROUP_INSTANCE, GROUP_LEGS, GROUP_MISSING } from "../layout";
import { groupRow, instanceRow, legHeads, maxGroups, ownsGroup, parameter, statistics } from "../plan";

export { GROUP_INSTANCE, GROUP_LEGS, GROUP_MISSING } from "../layout"; // the host reads these
export const GROUP_BARS = 8; //         f64 from here on: the seven words of groups/bars.ts
export const GROUP_COUNT = 32; //       of them: samples so far
export const GROUP_TIME = 48; //        of them: newest event time of a tick
export const GROUP_WINDOW = 64; //      window that the sums below span
export const GROUP_TEST_DUE = 72; //    GROUP_COUNT at which the next test runs
export const GROUP_TESTS = 80; //       tests so far
export const GROUP_RANK = 88; //        of the last test, -1: none yet
export const GROUP_LAGS = 96; //        lagged differences that BIC chose
export const GROUP_TRACE = 104; //      trace statistic of rank 0, then its critical values
export const GROUP_CRITICAL_95 = 112;
export const GROUP_CRITICAL_99 = 120;
export const GROUP_SUM_LAG = 128; //    sums over the window's pairs (lag, next) of the spread
export const GROUP_SUM_NEXT = 136;
export const GROUP_SUM_LAG_LAG = 144;
export const GROUP_SUM_LAG_NEXT = 152;
export const GROUP_SUM_NEXT_NEXT = 160;
export const GROUP_ORIGIN = 168; //     spread is measured from here: the window's mean at the last rebuild
export const GROUP_SPREAD = 176; //     latest
export const GROUP_SUMMED = 184; //     GROUP_COUNT at which the sums were last rebuilt
export const GROUP_Z = 192;
export const GROUP_TRAILING = 200; //   spread of the sample that leaves next
export const GROUP_OU = 208; //         OU_ fields of math/reversion.ts, 48 bytes
export const GROUP_SIDE = 256; //       1: long the spread, -1: short, 0: flat
export const GROUP_OPENED = 264; //     GROUP_COUNT at entry
export const GROUP_HALF_LIFE = 272; //  at entry
export const GROUP_ARMED = 280; //      1: the spread has been inside entry_z since the last stop
export const GROUP_WANTED = 288; //     u32 legs it shall have
export const LEG_SYMBOL = 0; //         u32
export const LEG_PRICE = 8; //          latest, 0: none yet
export const LEG_BASE = 16; //          ln of the price of the first sample
export const LEG_BETA = 24; //          share of the gross position, signed
export const LEG_LAST = 32; //          engine clock of the leg's last signal

/** Index of the parameter `window` (src/domain/strategies.ts). */
export const WINDOW: u32 = 0;

export function leg(row: usize, index: u32): usize {
  return row + layout.GROUP_LEG + index * layout.GROUP_LEG_BYTES;
}
export function legCount(row: usize): u32 {
  return load<u32>(row, GROUP_LEGS);
}
/** Ring of a leg's samples. */
export function legWindow(row: usize, index: u32): usize {
  return row + layout.GROUP_HEAD_BYTES + ((index * layout.GROUP_WINDOW_MAX) << 3);
}
export function slot(window: usize, sample: u32): usize {
  return window + ((sample & (layout.GROUP_WINDOW_MAX - 1)) << 3);
}
/** Samples that the group lacks for its first test. */
export function countMissing(row: usize): void {
  const missing = parameter(load<u32>(row, GROUP_INSTANCE) - 1, WINDOW) - load<f64>(row, GROUP_COUNT);
  store<f64>(row, missing > 0 ? missing : 0, GROUP_MISSING);
}
/** Every leg is defined and has had a price. */
export function allPriced(row: usize): bool {
  for (let index: u32 = 0; index < legCount(row); index++)
    if (!(load<f64>(leg(row, index), LEG_PRICE) > 0)) return false;
  return legCount(row) == load<u32>(row, GROUP_WANTED);
}

// ---- Lists of legs: a link is group * 8 + leg + 1, 0 ends a list --------------------------------------------------
export function linkGroup(link: u32): u32 {
  return (link - 1) >> 3;
}
export function linkLeg(link: u32): u32 {
  return (link - 1) & 7;
}
export function nextLegLink(link: u32): u32 {
  return load<u32>(statistics + ((link - 1) << 2));
}
function linkIn(group: u32, index: u32): void {
  const head = legHeads + (load<u32>(leg(groupRow(group), index), LEG_SYMBOL) << 2);
  const link = ((group << 3) | index) + 1;
  store<u32>(statistics + ((link - 1) << 2), load<u32>(head));
  store<u32>(head, link);
}
function linkOut(group: u32, index: u32): void {
  const link = ((group << 3) | index) + 1;
  let at = legHeads + (load<u32>(leg(groupRow(group), index), LEG_SYMBOL) << 2);
  while (load<u32>(at) != 0) {
    const here = load<u32>(at);
    if (here == link) {
      store<u32>(at, nextLegLink(link));
      return;
    }
    at = statistics + ((here - 1) << 2);
  }
}

// ---- Strategy of a group: one byte each, so that a pass over all groups does not touch their rows ------------------
function codeAt(group: u32): usize {
  return statistics + layout.LEG_LINKS_BYTES + group;
}
function noteCode(group: u32): void {
  const instance = load<u32>(groupRow(group), GROUP_INSTANCE) - 1;
  store<u8>(codeAt(group), u32(load<f64>(instanceRow(instance), layout.INSTANCE_STRATEGY)));
}
/** Strategy code of a group of this worker; STRATEGY_COUNT or more when it is free or another worker's. */
export function groupCode(group: u32): u32 {
  return u32(load<u8>(codeAt(group))) - 1;
}

// ---- Life of a group ----------------------------------------------------------------------------------------------
/** One leg of a group; true when it was the first one, with which the row is opened anew. */
export function groupDefine(group: u32, instance: u32, index: u32, symbol: u32, legs: u32): bool {
  if (!ownsGroup(group) || group >= maxGroups || legs < 2 || legs > u32(layout.GROUP_LEGS_MAX) || index >= legs)
    return false;
  const row = groupRow(group);
  const opens = index == 0 || load<u32>(row, GROUP_INSTANCE) != instance + 1;
  if (opens) {
    groupClear(group);
    store<u32>(row, instance + 1, GROUP_INSTANCE);
    store<f64>(row, load<f64>(instanceRow(instance), layout.INSTANCE_BAR_MS) * 1000, GROUP_BARS);
    store<u32>(row, legs, GROUP_WANTED);
    noteCode(group);
  }
  store<u32>(leg(row, index), symbol, LEG_SYMBOL);
  // Legs come in order, so the count is that of the legs known: no list is walked for one that is missing.
  store<u32>(row, index + 1, GROUP_LEGS);
  linkIn(group, index);
  return opens;
}

/** Takes the group out of every list and frees its row. */
export function groupClear(group: u32): void {
  const row = groupRow(group);
  if (load<u32>(row, GROUP_INSTANCE) != 0) {
    for (let index: u32 = 0; index < legCount(row); index++) linkOut(group, index);
  }
  memory.fill(row, 0, layout.GROUP_HEAD_BYTES);
  store<u8>(codeAt(group), 0);
}

/** Notes the group's strategy and puts its legs back into the lists, whose heads the caller has cleared. */
export function groupRelink(group: u32): void {
  const row = groupRow(group);
  if (load<u32>(row, GROUP_INSTANCE) == 0) return;
  noteCode(group);
  for (let index: u32 = 0; index < legCount(row); index++) linkIn(group, index);
}
