// What the engine makes of the text of a news item that comes without a score or without a hash: words, a score, a hash.
//   score = (positive - negative) / (positive + negative + 1), in -1..1; the words of lexicon.ts, a word that one of the
//           three words before it negates counting for the other side
//   hash  = SimHash of 64 bits over words and pairs of neighbouring words: texts that share most of them differ in few
//           bits, so that sentiment_analysis knows a story again; never 0, which means that there is no hash
// Pure and repeatable: the same text gives the same numbers on every machine. English only; other texts score 0.
import { NEGATIVE, NEGATORS, POSITIVE } from "./lexicon.ts";

const NEGATION_REACH = 3;
const BITS = 64;

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

export function scoreOf(words: readonly string[]): number {
  let positive = 0;
  let negative = 0;
  words.forEach((word, index) => {
    const stem = stemOf(word);
    const good = GOOD.has(stem);
    if (!good && !BAD.has(stem)) return;
    const before = words.slice(Math.max(0, index - NEGATION_REACH), index);
    const negated = before.filter((one) => NOT.has(one) || one.endsWith("n't")).length % 2 === 1;
    if (good === negated) negative += 1;
    else positive += 1;
  });
  return (positive - negative) / (positive + negative + 1);
}

/** Low and high 32 bits. */
export function similarityHash(words: readonly string[]): readonly [low: number, high: number] {
  const balance = new Int32Array(BITS);
  const count = (feature: string): void => {
    for (const [half, seed] of [0x811c9dc5, 0x9747b28c].entries()) {
      const bits = hashOf(feature, seed);
      for (let bit = 0; bit < 32; bit++) {
        const place = half * 32 + bit;
        balance[place] = (balance[place] ?? 0) + (((bits >>> bit) & 1) === 1 ? 1 : -1);
      }
    }
  };
  words.forEach((word, index) => {
    count(word);
    if (index > 0) count(`${words[index - 1]} ${word}`);
  });
  const half = (from: number): number => {
    let value = 0;
    for (let bit = 0; bit < 32; bit++) if ((balance[from + bit] ?? 0) > 0) value |= 1 << bit;
    return value >>> 0;
  };
  const [low, high] = [half(0), half(32)];
  return low === 0 && high === 0 ? [1, 0] : [low, high];
}

/** FNV-1a over the characters from a seed, then mixed so that every bit depends on all of them. */
function hashOf(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
