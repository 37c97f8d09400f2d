// The hash of a text against its formula, written out bit by bit, and how often it reads it.
import { expect, it } from "vitest";
import { similarityHash } from "../../../../src/stream/ingest/story.ts";
import { Random } from "../../../support/random.ts";

const WORDS = ["gain", "not", "losses", "fell", "übung", "it's", "2026", "won't", "a", "rose"];

function hashOf(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** SimHash: each word and each pair of neighbours votes for the bits of its hash, and against the others. */
function twin(words: readonly string[]): readonly [number, number] {
  const votes = Array<number>(64).fill(0);
  const features = words.flatMap((word, index) => (index > 0 ? [word, `${words[index - 1]} ${word}`] : [word]));
  for (const feature of features) {
    for (const [half, seed] of [0x811c9dc5, 0x9747b28c].entries()) {
      const bits = hashOf(feature, seed);
      for (let bit = 0; bit < 32; bit++) {
        const place = half * 32 + bit;
        votes[place] = (votes[place] ?? 0) + ((bits >>> bit) & 1 ? 1 : -1);
      }
    }
  }
  const half = (from: number): number =>
    votes.slice(from, from + 32).reduce((sum, vote, bit) => (vote > 0 ? sum + 2 ** bit : sum), 0);
  const [low, high] = [half(0), half(32)];
  return low === 0 && high === 0 ? [1, 0] : [low, high];
}

function text(random: Random, length: number): readonly string[] {
  return Array.from({ length }, () => {
    const word = WORDS[random.integer(WORDS.length)] ?? "";
    return random.next() < 0.3 ? `${word}${random.integer(1_000)}` : word;
  });
}

it("is that of the formula for texts of every length", () => {
  const random = new Random(7);
  for (const length of [0, 1, 2, 3, 127, 128, 129, 254, 255, 256, 511, 3_000]) {
    for (let time = 0; time < 20; time++) {
      const words = text(random, length);
      expect(similarityHash(words)).toEqual(twin(words));
    }
  }
});

/** A word that counts how often one of its characters is read. */
class Counted {
  static reads = 0;
  readonly length: number;
  private readonly text: string;
  constructor(text: string) {
    this.text = text;
    this.length = text.length;
  }
  charCodeAt(at: number): number {
    Counted.reads += 1;
    return this.text.charCodeAt(at);
  }
}

it("reads each character once, of the formula's six times, so that a message of long texts holds nobody up for long", () => {
  const words = text(new Random(11), 30_000);
  const counted = words.map((word) => new Counted(word));
  Counted.reads = 0;
  expect(similarityHash(counted as unknown as readonly string[])).toEqual(similarityHash(words));
  expect(Counted.reads).toBe(words.join("").length);
});
