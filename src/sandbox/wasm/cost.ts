// What the parts of a function cost: its body outside of loops, and one round of each loop without the loops inside. A
// call can cost as much as a function that takes no fuel of its own may do; memory is paid for where it grows.
import {
  BLOCK,
  CALL,
  CALL_INDIRECT,
  END,
  IF,
  LOOP,
  MEMORY_COPY,
  MEMORY_FILL,
  MEMORY_GROW,
  passInstruction,
} from "./instructions.ts";
import type { WasmReader } from "./reader.ts";

export interface Cost {
  /** Where in the binary it has to be paid. */
  readonly at: number;
  readonly units: number;
}

const INSTRUCTIONS_A_UNIT = 16;
/** A function without loops and calls of at most so many instructions is paid for by the call. */
const FREE_INSTRUCTIONS = 48;
/** What such a function may do, in units. */
export const FREE_UNITS = FREE_INSTRUCTIONS / INSTRUCTIONS_A_UNIT;
/** The runtime moves and clears memory for this one instruction, and makes a new buffer for the host. */
const GROW_UNITS = 1_000;

interface Region {
  readonly at: number;
  instructions: number;
  calls: number;
}

/** An instruction that copies or fills memory: what it costs is known only when it runs. */
export interface Bulk {
  readonly at: number;
  readonly bytes: number;
  readonly operation: number;
}
export interface Costs {
  readonly costs: readonly Cost[];
  readonly bulk: readonly Bulk[];
}

/**
 * The reader stands behind the locals of a body, and at its end afterwards. No part costs more than `most` units; a call
 * costs `called`.
 */
export function costsOf(body: WasmReader, most: number, called: number): Costs {
  const whole: Region = { at: body.at, instructions: 0, calls: 0 };
  const regions = [whole];
  /** Of every open block, the region that its instructions belong to. */
  const open: Region[] = [whole];
  const bulk: Bulk[] = [];
  const grows: Cost[] = [];
  while (!body.done) {
    const { at } = body;
    const code = passInstruction(body);
    const inside = open.at(-1) ?? whole;
    inside.instructions++;
    if (code === LOOP) {
      const round = { at: body.at, instructions: 0, calls: 0 };
      regions.push(round);
      open.push(round);
    } else if (code === BLOCK || code === IF) open.push(inside);
    else if (code === END) open.pop();
    else if (code === CALL || code === CALL_INDIRECT) inside.calls++;
    else if (code === MEMORY_GROW) grows.push({ at, units: GROW_UNITS });
    else if (code === MEMORY_COPY || code === MEMORY_FILL) bulk.push({ at, bytes: body.at - at, operation: code });
  }
  if (regions.length === 1 && whole.calls === 0 && whole.instructions <= FREE_INSTRUCTIONS)
    return { costs: grows, bulk };
  const costs = regions.map(({ at, instructions, calls }) => ({
    at,
    units: Math.min(most, Math.ceil(instructions / INSTRUCTIONS_A_UNIT) + called * calls),
  }));
  return { costs: [...costs, ...grows], bulk };
}
