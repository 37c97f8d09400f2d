import { describe, expect, it } from "vitest";
import { isBlank } from "../../../src/domain/seen.ts";

/** Of characters from one to another one, or of one, those for which it does not hold. */
function others(holds: (text: string) => boolean, from: number, to = from): readonly string[] {
  const codes = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  return codes.filter((code) => !holds(String.fromCodePoint(code))).map((code) => code.toString(16));
}

describe("a name is blank", () => {
  it.each([
    ["white space", 0x20],
    ["white space of every width", 0x2000, 0x200a],
    ["controls", 0x00, 0x1f],
    ["a soft hyphen", 0xad],
    ["a mark of Arabic letters", 0x61c],
    ["a separator of Mongolian vowels", 0x180e],
    ["characters without width and marks of direction", 0x200b, 0x200f],
    ["embeddings and overrides of direction", 0x202a, 0x202e],
    ["joiners and operators that nobody sees", 0x2060, 0x2064],
    ["isolates of direction, and shapes of digits", 0x2066, 0x206f],
    ["a mark of byte order", 0xfeff],
    ["anchors of notes between lines", 0xfff9, 0xfffb],
    ["braille without a dot", 0x2800],
    ["a filler of Hangul", 0x3164],
    ["a note without its head", 0x1d159],
    ["beams and slurs, which only begin and end", 0x1d173, 0x1d17a],
    ["what joins hieroglyphs", 0x13430, 0x1343f],
    ["empty places between hieroglyphs", 0x13441, 0x13442],
    ["what is no character", 0xfdd0, 0xfdef],
    ["what is no character either", 0xfffe, 0xffff],
    ["the last that is none", 0x10ffff],
    ["tags", 0xe0020, 0xe007f],
  ] as const)("that holds nothing but %s", (_, from, to?: number) => {
    expect(others(isBlank, from, to)).toEqual([]);
  });

  it("that holds several of them, or nothing at all", () => {
    for (const name of ["", "\u200b \u202e", "\u{1d159}\ufffe\u{13441}", "\u0301"]) expect(isBlank(name)).toBe(true);
  });
});

describe("a name is seen", () => {
  it.each([
    ["signs of numbers in Arabic", 0x600, 0x605],
    ["the end of a verse", 0x6dd],
    ["an abbreviation in Syriac", 0x70f],
    ["a sign of numbers in Kaithi", 0x110bd],
    ["hieroglyphs", 0x13000, 0x1342f],
    ["notes with a head", 0x1d157, 0x1d158],
    ["Latin", 0x21, 0x7e],
  ] as const)("that holds %s", (_, from, to?: number) => {
    expect(others((text) => !isBlank(text), from, to)).toEqual([]);
  });

  it("beside whatever cannot be", () => {
    for (const name of ["\u202eowl", " x ", "\ufffe…", "\u{1f989}\u200d"]) expect(isBlank(name)).toBe(false);
  });
});
