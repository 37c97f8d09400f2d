// A model as bytes: the same model gives the same bytes, and bytes that are damaged, cut short, of another program or of
// another order of inputs are refused with the reason.
//
//   0      8    16          16 + n (to a multiple of 8)          32 bytes
//   | mark | n u32, 0 u32 | header, n bytes of JSON, spaces | numbers | SHA-256 of all before |
//
// numbers, little-endian: of a logistic model its values; of trees thresholds and leaves as f64, then words as u32.
import { createHash } from "node:crypto";
import { failed, ok, type Result } from "../../domain/result.ts";
import { INPUTS } from "./features.ts";
import { DEPTH_MAX, treeCount, TREES_MAX, type Weights, weightsFault } from "./weights.ts";

export interface Model {
  readonly weights: Weights;
  /** Probability from which on it buys. */
  readonly enter: number;
  readonly barMs: number;
  readonly stopRanges: number;
  readonly targetRanges: number;
  readonly bars: number;
}

const MARK = "SEMODEL1";
const HASH_BYTES = 32;
const HEADER_AT = 16;
const HEADER_BYTES_MAX = 4_096;
export const MODEL_BYTES_MAX = 4_194_304;

interface Header {
  readonly kind: string;
  readonly inputs: readonly string[];
  readonly enter: number;
  readonly barMs: number;
  readonly stopRanges: number;
  readonly targetRanges: number;
  readonly bars: number;
  readonly depth: number;
  readonly trees: number;
  readonly base: number;
}

export function encodeModel(model: Model): Uint8Array {
  const { weights, enter, barMs, stopRanges, targetRanges, bars } = model;
  const shape =
    weights.kind === "trees"
      ? { depth: weights.depth, trees: treeCount(weights), base: weights.base }
      : { depth: 0, trees: 0, base: 0 };
  const header: Header = { kind: weights.kind, inputs: INPUTS, enter, barMs, stopRanges, targetRanges, bars, ...shape };
  const text = JSON.stringify(header);
  const padded = text.padEnd(text.length + ((8 - (text.length % 8)) % 8), " ");
  const numbers = numbersOf(weights);
  const bytes = Buffer.alloc(HEADER_AT + padded.length + numbers.length);
  bytes.write(MARK, 0, "latin1");
  bytes.writeUInt32LE(padded.length, 8);
  bytes.write(padded, HEADER_AT, "latin1");
  bytes.set(numbers, HEADER_AT + padded.length);
  return Buffer.concat([bytes, digest(bytes)]);
}

/** The failure continues "the model …". */
export function decodeModel(bytes: Uint8Array): Result<Model, string> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length > MODEL_BYTES_MAX) return failed(`has ${file.length} bytes, at most ${MODEL_BYTES_MAX} are allowed`);
  if (file.toString("latin1", 0, MARK.length) !== MARK) return failed("is not a model of this program");
  if (file.length < HEADER_AT + HASH_BYTES) return failed("ends within its header");
  const whole = file.subarray(0, file.length - HASH_BYTES);
  if (!digest(whole).equals(file.subarray(whole.length))) return failed("is damaged: its checksum is another one");
  const length = whole.readUInt32LE(8);
  if (length > HEADER_BYTES_MAX || HEADER_AT + length > whole.length) return failed("has a header of no sensible size");
  const header = headerOf(whole.toString("latin1", HEADER_AT, HEADER_AT + length));
  if (typeof header === "string") return failed(header);
  const weights = weightsOf(header, whole.subarray(HEADER_AT + length));
  if (weights === null) return failed("has more or fewer numbers than its header says");
  const fault = weightsFault(weights);
  const { enter, barMs, stopRanges, targetRanges, bars } = header;
  return fault === null ? ok({ weights, enter, barMs, stopRanges, targetRanges, bars }) : failed(fault);
}

export function modelHash(bytes: Uint8Array): string {
  return digest(Buffer.from(bytes)).toString("hex");
}

function digest(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function numbersOf(weights: Weights): Buffer {
  const doubles = weights.kind === "logistic" ? [weights.values] : [weights.thresholds, weights.leaves];
  const words = weights.kind === "logistic" ? new Uint32Array(0) : weights.words;
  const count = doubles.reduce((sum, { length }) => sum + length, 0);
  const bytes = Buffer.alloc(8 * count + 4 * words.length);
  let at = 0;
  for (const values of doubles) for (const value of values) at = bytes.writeDoubleLE(value, at);
  for (const word of words) at = bytes.writeUInt32LE(word, at);
  return bytes;
}

function weightsOf({ kind, depth, trees, base }: Header, bytes: Buffer): Weights | null {
  const doubles = (from: number, count: number): Float64Array =>
    Float64Array.from({ length: count }, (_, index) => bytes.readDoubleLE(8 * (from + index)));
  if (kind === "logistic") {
    const count = 3 * INPUTS.length + 1;
    return bytes.length === 8 * count ? { kind, values: doubles(0, count) } : null;
  }
  const nodes = trees * ((1 << depth) - 1);
  const leaves = trees << depth;
  if (bytes.length !== 12 * nodes + 8 * leaves) return null;
  const at = 8 * (nodes + leaves);
  const words = Uint32Array.from({ length: nodes }, (_, index) => bytes.readUInt32LE(at + 4 * index));
  return { kind: "trees", depth, base, thresholds: doubles(0, nodes), words, leaves: doubles(nodes, leaves) };
}

/** The header, or why it cannot be one. */
function headerOf(text: string): Header | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "has a header that is no JSON";
  }
  const header = value as Partial<Header> | null;
  const numbers = ["enter", "barMs", "stopRanges", "targetRanges", "bars", "depth", "trees", "base"] as const;
  if (header === null || typeof header !== "object" || numbers.some((name) => !Number.isFinite(header[name])))
    return "has a header without all of its fields";
  if (JSON.stringify(header.inputs) !== JSON.stringify(INPUTS)) return "was trained on other inputs";
  const full = header as Header;
  if (full.kind !== "logistic" && full.kind !== "trees") return `is of a kind that is not known`;
  const shaped = full.kind === "logistic" || (within(full.depth, 1, DEPTH_MAX) && within(full.trees, 0, TREES_MAX));
  if (!shaped) return "has trees of no sensible size";
  const sane = full.enter > 0 && full.stopRanges > 0 && full.targetRanges > 0;
  return sane && within(full.barMs, 1, 86_400_000) && within(full.bars, 1, 10_000) ? full : "trades in no sensible way";
}

function within(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
