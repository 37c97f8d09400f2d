// Damage to an example: bits, bytes, lengths, words of the format, parts of other examples, what is left out or said twice.
import type { Chance } from "../chance.ts";

const SIZE_MAX = 16_384;
const ODD = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff] as const;

interface Larder {
  readonly pool: readonly Uint8Array[];
  readonly words: readonly Uint8Array[];
}

export function mutated(input: Uint8Array, larder: Larder, chance: Chance): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(input);
  const times = 1 + (chance.in(3) ? chance.below(6) : 0);
  for (let round = 0; round < times; round++) bytes = changed(bytes, larder, chance);
  return bytes.length > SIZE_MAX ? bytes.subarray(0, SIZE_MAX) : bytes;
}

function changed(bytes: Uint8Array, { pool, words }: Larder, chance: Chance): Uint8Array {
  const at = chance.below(bytes.length + 1);
  const here = Math.min(at, Math.max(0, bytes.length - 1));
  const some = Math.min(bytes.length - at, 1 + chance.below(chance.in(4) ? 64 : 8));
  switch (chance.below(10)) {
    case 0:
      bytes[here] = (bytes[here] ?? 0) ^ (1 << chance.below(8));
      return bytes;
    case 1:
      bytes[here] = chance.below(256);
      return bytes;
    case 2:
      return spliced(bytes, at, at + some, new Uint8Array(0));
    case 3:
      return spliced(bytes, at, at, bytes.subarray(at, at + some));
    case 4:
      return spliced(
        bytes,
        at,
        at,
        Uint8Array.from({ length: 1 + chance.below(8) }, () => chance.below(256)),
      );
    case 5:
      return words.length === 0 ? bytes : spliced(bytes, at, at + (chance.in(2) ? some : 0), chance.pick(words));
    case 6: {
      const other = chance.pick(pool);
      const from = chance.below(other.length + 1);
      return spliced(bytes, at, bytes.length, other.subarray(from));
    }
    case 7:
      return bytes.subarray(0, at);
    case 8: {
      const width = chance.pick([1, 2, 4]);
      const odd = Buffer.alloc(8);
      if (chance.in(2)) odd.writeUInt32LE(chance.pick(ODD), 0);
      else odd.writeUInt32BE(chance.pick(ODD), 0);
      return spliced(bytes, at, at + width, odd.subarray(0, width));
    }
    default: {
      const other = chance.below(bytes.length + 1);
      return spliced(bytes, at, at + some, bytes.slice(other, other + some));
    }
  }
}

function spliced(bytes: Uint8Array, from: number, to: number, part: Uint8Array): Uint8Array {
  const rest = bytes.subarray(Math.min(to, bytes.length));
  const out = new Uint8Array(from + part.length + rest.length);
  out.set(bytes.subarray(0, from));
  out.set(part, from);
  out.set(rest, from + part.length);
  return out;
}
