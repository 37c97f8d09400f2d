import { describe, expect, it } from "vitest";
import { amount, type Command, flag, oneOf, readWords, some, text, whole } from "../../support/words.ts";

const OPTIONS = {
  rounds: whole("how many", 30, { most: 100 }),
  seed: whole("to run it again", null, { least: 0 }),
  minutes: amount("at most", 2.5),
  lie: oneOf("LIE", "plants a fault", ["torn", "lost"]),
  only: some("KINDS", "faults", ["kill", "cut", "roll"]),
  from: text("FILE", "what it reads"),
  record: flag("keeps it"),
};
const COMMAND = { name: "npm run try --", about: "Tries it.", options: OPTIONS };
const NAMED = { ...COMMAND, rest: { value: "FAULT", about: "those alone", names: ["disk", "redis"] } };

function refusal(command: Command<typeof OPTIONS>, ...args: readonly string[]): string {
  const words = readWords(command, args);
  return words.ok ? "" : words.failure;
}
function values(...args: readonly string[]): unknown {
  const words = readWords(NAMED, args);
  return words.ok ? words.value : words.failure;
}

describe("the words behind a command of the project", () => {
  it("have defaults, and are read as what they stand for", () => {
    const absent = { rounds: 30, seed: null, minutes: 2.5, lie: null, only: [], from: null, record: false };
    expect(values()).toEqual({ values: absent, rest: [] });
    const line = "-- --rounds 7 disk --seed=0 --minutes 0.5 --lie torn --only cut,kill --from a.json --record redis";
    expect(values(...line.split(" "))).toEqual({
      values: { rounds: 7, seed: 0, minutes: 0.5, lie: "torn", only: ["cut", "kill"], from: "a.json", record: true },
      rest: ["disk", "redis"],
    });
  });

  it.each([
    ["--rounds x", "--rounds must be a whole number from 1 to 100, found x"],
    ["--rounds 0", "--rounds must be a whole number from 1 to 100, found 0"],
    ["--rounds 1.5", "--rounds must be a whole number from 1 to 100, found 1.5"],
    ["--rounds 101", "--rounds must be a whole number from 1 to 100, found 101"],
    ["--rounds -3", "--rounds must be a whole number from 1 to 100, found -3"],
    ["--rounds --record", "--rounds must be a whole number from 1 to 100, found --record"],
    ["--seed", "--seed needs a value: --seed N"],
    ["--minutes 0", "--minutes must be a number from 0.001 to 1000000000, found 0"],
    ["--minutes 1e3", "--minutes must be a number from 0.001 to 1000000000, found 1e3"],
    ["--lie none", "--lie must be one of torn, lost, found none"],
    ["--only kill,kil", "--only must be some of kill,cut,roll, found kill,kil"],
    ["--from=", "--from must be some text, found nothing"],
    ["--record=yes", "--record takes no value, found yes"],
    [
      "--round 3",
      "--round is no option; there are --rounds, --seed, --minutes, --lie, --only, --from, --record, --help",
    ],
    ["-x", "-x is no option; there are --rounds, --seed, --minutes, --lie, --only, --from, --record, --help"],
    ["--toString", "--toString is no option; there are"],
    ["disk", "disk is not understood: there are only options here"],
  ])("%s is refused in a sentence that names what is allowed", (line, said) => {
    const told = refusal(COMMAND, ...line.split(" "));
    expect(told).toContain(said);
    expect(told.endsWith(" (npm run try -- --help explains it)")).toBe(true);
  });

  it("that are names are one of those that there are", () => {
    expect(refusal(NAMED, "disc")).toContain("there is no FAULT disc; there are disk, redis");
  });

  it.each(["--help", "-h", "--rounds 3 --help"])("%s gives the usage with every option and its default", (line) => {
    const words = readWords(NAMED, line.split(" "));
    if (!words.ok || !("help" in words.value)) throw new Error("no help");
    const { help } = words.value;
    expect(help).toContain("Usage: npm run try -- [FAULT ...] [options]\n\nTries it.\n");
    expect(help).toMatch(/^ {2}FAULT +those alone: disk, redis$/m);
    expect(help).toMatch(/^ {2}--rounds N +how many \(default 30\)$/m);
    expect(help).toMatch(/^ {2}--lie LIE +plants a fault: one of torn, lost$/m);
    for (const name of Object.keys(OPTIONS)) expect(help).toContain(`--${name}`);
    expect(Math.max(...help.split("\n").map((row) => row.length))).toBeLessThanOrEqual(100);
  });
});
