// What the fuzzer of decoders puts its inputs to. A target judges one input: what became of it, in a few words, or a fault:
// something that must never be, whoever sends the bytes.
import type { Chance } from "../chance.ts";

export interface Trial {
  /** What became of the input. Throws a FoundFault, or anything else that its decoder lets out: both are faults. */
  run(input: Uint8Array): string | Promise<string>;
  close?(): void;
}

export interface Target {
  readonly name: string;
  /** Files below src/ whose code it reaches, for the measure of coverage. */
  readonly files: readonly string[];
  /** Of all cases, its part: much of what is cheap, and of what is dear no more than its share of the time. */
  readonly weight: number;
  /** Cases that share a trial: state builds up in it, and a fault is found again by running the batch. */
  readonly batch: number;
  /** Processor time that one case may take, where it is another than that of all. */
  readonly caseMs?: number;
  /** Valid examples. */
  readonly seeds: readonly Uint8Array[];
  /** Signs and words of the format. */
  readonly words: readonly Uint8Array[];
  /** One more valid example, or nearly. */
  readonly make?: (chance: Chance) => Uint8Array;
  /** What has to be right before anything else is looked at: sums that are made good again after damage. */
  readonly mend?: (input: Uint8Array) => Uint8Array;
  open(): Trial;
}

export class FoundFault extends Error {}

export function fault(what: string): never {
  throw new FoundFault(what);
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
export function textsOf(...texts: readonly string[]): readonly Uint8Array[] {
  return texts.map(bytesOf);
}

/** Found values inside messages would part kinds of outcome that are one. */
export function plainly(message: string): string {
  return message
    .replaceAll(/"[^"]*"?/g, '"…"')
    .replaceAll(/[-\d.]*\d(?:e[-+]?\d+)?/g, "N")
    .slice(0, 120);
}
