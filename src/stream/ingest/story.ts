// What the engine makes of the text of a news item that comes without a score or without a hash: words, a score, a hash.
//   score = (positive - negative) / (positive + negative + 1), in -1..1; the words of lexicon.ts, a word that one of the
//           three words before it negates counting for the other side
//   hash  = SimHash of 64 bits over words and pairs of neighbouring words: texts that share most of them differ in few
//           bits, so that sentiment_analysis knows a story again; never 0, which means that there is no hash
// Pure and repeatable: the same text gives the same numbers on every machine. English only; other texts score 0.
import { NEGATIVE, NEGATORS, POSITIVE } from "./lexicon.ts";

const NEGATION_REACH = 3;
/** Of the hash, four bits each. */
const NIBBLES = 16;
/** Words after which a count of eight bits may be full. */
const COUNTED_MAX = 255;
/** Hashes that are added up at once. */
const TOGETHER = 8;
const SEEDS: readonly [low: number, high: number] = [0x811c9dc5, 0x9747b28c];
const SPACE = 0x20;
/** The four bits of a number as counts of eight bits each. */
const SPREAD = Int32Array.from(
  { length: 16 },
  (_, bits) => (bits & 1) | ((bits & 2) << 7) | ((bits & 4) << 14) | ((bits & 8) << 21),
);

/** The words of a text in lower case, with apostrophes and without other signs; digits belong to words. */
export function wordsOf(text: string): readonly string[] {
  return (
    text
      .toLowerCase()
      .replaceAll("’", "'")
      .match(/[\p{L}\p{N}]+(?:'[\p{L}]+)*/gu) ?? []
  );
}

/**
 * A word without the endings of plural, past and progress, cut in the same way for text and lexicon, so that one entry
 * stands for all of its forms; what is left need not be a word.
 */
export function stemOf(word: string): string {
  let stem = word.replace(/'s$/, "");
  if (stem.length > 4 && stem.endsWith("ies")) stem = `${stem.slice(0, -3)}y`;
  else if (stem.length > 5 && stem.endsWith("ing")) stem = stem.slice(0, -3);
  else if (stem.length > 4 && stem.endsWith("ied")) stem = `${stem.slice(0, -3)}y`;
  else if (stem.length > 4 && stem.endsWith("ed")) stem = stem.slice(0, -2);
  else if (stem.length > 3 && stem.endsWith("s") && !/(ss|us|is)$/.test(stem)) stem = stem.slice(0, -1);
  if (stem.length > 3 && stem.endsWith("e")) stem = stem.slice(0, -1);
  return /([bdgmnprt])\1$/.test(stem) ? stem.slice(0, -1) : stem;
}

const stems = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/).map(stemOf));
const GOOD = stems(POSITIVE);
const BAD = stems(NEGATIVE);
const NOT = new Set(NEGATORS.trim().split(/\s+/));

/** Whose side words are on: 1 good, -1 bad, 0 neither. Texts say the same words again. */
const SIDES_MAX = 16_384;
/** A longer word is a view of its text in V8, which would stay in memory with it. */
const SIDE_LENGTH_MAX = 12;
const sides = new Map<string, number>();
function sideOf(word: string): number {
  const known = sides.get(word);
  if (known !== undefined) return known;
  const stem = stemOf(word);
  const side = GOOD.has(stem) ? 1 : BAD.has(stem) ? -1 : 0;
  if (word.length > SIDE_LENGTH_MAX) return side;
  if (sides.size >= SIDES_MAX) sides.clear();
  sides.set(word, side);
  return side;
}

export function scoreOf(words: readonly string[]): number {
  let positive = 0;
  let negative = 0;
  words.forEach((word, index) => {
    const side = sideOf(word);
    if (side === 0) return;
    const good = side > 0;
    let negated = false;
    for (let at = Math.max(0, index - NEGATION_REACH); at < index; at++) negated = negated !== negates(words[at] ?? "");
    if (good === negated) negative += 1;
    else positive += 1;
  });
  return (positive - negative) / (positive + negative + 1);
}

function negates(word: string): boolean {
  return NOT.has(word) || word.endsWith("n't");
}

/** Low and high 32 bits. Each character is read once, for its word and for the pair that ends with it. */
export function similarityHash(words: readonly string[]): readonly [low: number, high: number] {
  const features = Math.max(0, words.length * 2 - 1);
  const bits = new BitCounts();
  let [lowBefore, highBefore] = [0, 0];
  words.forEach((word, index) => {
    let [low, high] = SEEDS;
    let [lowPair, highPair] = [lowBefore, highBefore];
    for (let at = 0; at < word.length; at++) {
      const code = word.charCodeAt(at);
      low = step(low, code);
      high = step(high, code);
      lowPair = step(lowPair, code);
      highPair = step(highPair, code);
    }
    bits.add(mixed(low), mixed(high));
    if (index > 0) bits.add(mixed(lowPair), mixed(highPair));
    lowBefore = step(low, SPACE);
    highBefore = step(high, SPACE);
  });
  const [low, high] = bits.above(features / 2);
  return low === 0 && high === 0 ? [1, 0] : [low, high];
}

/** In how many of the hashes each bit is set: eight of them are added up for all bits at once, and what carries is counted. */
class BitCounts {
  private readonly lows = new Adder();
  private readonly highs = new Adder();
  private readonly eights = new NibbleCounts();
  private waiting = 0;

  add(low: number, high: number): void {
    this.lows.words[this.waiting] = low;
    this.highs.words[this.waiting] = high;
    if (++this.waiting < TOGETHER) return;
    this.waiting = 0;
    this.eights.add(this.lows.carry(), this.highs.carry());
  }

  /** The bits that are set in more hashes than so many. */
  above(least: number): readonly [low: number, high: number] {
    const halves: [number, number] = [0, 0];
    for (const [bit, carried] of this.eights.all().entries()) {
      const adder = bit < 32 ? this.lows : this.highs;
      if (TOGETHER * carried + adder.left(bit & 31, this.waiting) > least) halves[bit < 32 ? 0 : 1] |= 1 << (bit & 31);
    }
    return [halves[0] >>> 0, halves[1] >>> 0];
  }
}

/** Adds up each bit of its words by itself: its sum is a number of three binary digits, which lie in three words. */
class Adder {
  readonly words = new Int32Array(TOGETHER);
  private ones = 0;
  private twos = 0;
  private fours = 0;

  /** All words are added; the bits whose sum came to eight, which is taken off. */
  carry(): number {
    const firstFours = this.half(0);
    const secondFours = this.half(TOGETHER / 2);
    const eights = majority(this.fours, firstFours, secondFours);
    this.fours ^= firstFours ^ secondFours;
    return eights;
  }

  /** Half of the words; the bits whose sum came to four. */
  private half(from: number): number {
    const { words, ones, twos } = this;
    const one = words[from] ?? 0;
    const two = words[from + 1] ?? 0;
    const three = words[from + 2] ?? 0;
    const four = words[from + 3] ?? 0;
    const between = ones ^ one ^ two;
    const first = majority(ones, one, two);
    const second = majority(between, three, four);
    this.ones = between ^ three ^ four;
    this.twos = twos ^ first ^ second;
    return majority(twos, first, second);
  }

  /** The sum of a bit, with so many words that were not added yet. */
  left(bit: number, waiting: number): number {
    const at = (word: number): number => (word >>> bit) & 1;
    const sum = at(this.ones) + 2 * at(this.twos) + 4 * at(this.fours);
    return this.words.subarray(0, waiting).reduce((all, word) => all + at(word), sum);
  }
}

/** Bits that are set in two of the three, or in all. */
function majority(one: number, two: number, three: number): number {
  return (one & two) | ((one ^ two) & three);
}

/** In how many words each of 64 bits is set. Four counts of eight bits lie in one number, until one may be full. */
class NibbleCounts {
  private readonly sums = new Float64Array(NIBBLES * 4);
  private readonly counts = new Int32Array(NIBBLES);
  private counted = 0;

  add(low: number, high: number): void {
    const { counts } = this;
    for (let nibble = 0; nibble < NIBBLES / 2; nibble++) {
      const shift = nibble * 4;
      const there = nibble + NIBBLES / 2;
      counts[nibble] = (counts[nibble] ?? 0) + (SPREAD[(low >>> shift) & 15] ?? 0);
      counts[there] = (counts[there] ?? 0) + (SPREAD[(high >>> shift) & 15] ?? 0);
    }
    if (++this.counted === COUNTED_MAX) this.empty();
  }

  all(): Float64Array {
    this.empty();
    return this.sums;
  }

  private empty(): void {
    for (let bit = 0; bit < this.sums.length; bit++) {
      const count = ((this.counts[bit >> 2] ?? 0) >>> ((bit & 3) * 8)) & 0xff;
      this.sums[bit] = (this.sums[bit] ?? 0) + count;
    }
    this.counts.fill(0);
    this.counted = 0;
  }
}

/** FNV-1a: how a hash goes on with a character. */
function step(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}

/** So that every bit depends on all characters. */
function mixed(hash: number): number {
  let bits = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
