// How the documents are read before they are followed: what is a block, and when an answer is the one that was promised.
import { expect, it } from "vitest";
import { blocksOf, firstLine, lacking, unsaid } from "../support/docs/blocks.ts";

const FENCE = "```";

it("finds blocks with language, file and place, and which stand directly behind another", () => {
  const text = [
    `${FENCE}sh`,
    "ls   -l",
    FENCE,
    "",
    `${FENCE}json`,
    "{}",
    FENCE,
    "Words.",
    `${FENCE}ts file=a/b.ts`,
    FENCE,
  ];
  expect(blocksOf("a.md", text.join("\n"))).toEqual([
    { file: "a.md", line: 1, language: "sh", text: "ls   -l", target: null, follows: false },
    { file: "a.md", line: 5, language: "json", text: "{}", target: null, follows: true },
    { file: "a.md", line: 9, language: "ts", text: "", target: "a/b.ts", follows: false },
  ]);
  expect(firstLine({ text: "\n  ls    -l\nmore" })).toBe("ls");
  expect(() => blocksOf("a.md", FENCE)).toThrow("a.md:1: the block has no end");
});

it("asks of an answer what the document shows, and nothing more", () => {
  const found = { status: "ok", list: [{ id: 7, more: true }], none: null };
  expect(lacking({ status: "ok", list: [{ id: 7 }], none: null }, found)).toEqual([]);
  expect(lacking({ status: "…" }, found)).toEqual([]);
  expect(lacking({ status: "bad" }, found)).toEqual(['the answer.status is "ok", not "bad"']);
  expect(lacking({ gone: "…", list: [] }, found)).toEqual([
    "the answer.gone is missing",
    "the answer.list has not 0 entries",
  ]);
  expect(lacking({ a: 1 }, undefined)).toEqual(["the answer is undefined"]);
});

it("asks for the lines of a text in their order, with anything for …", () => {
  const said = "first   (1)\nsecond 12 ms\nthird";
  expect(unsaid("first (1)\nsecond … ms\nthird", said)).toEqual([]);
  expect(unsaid("third\nfirst (1)\nfourth", said)).toEqual(["first (1)", "fourth"]);
});
