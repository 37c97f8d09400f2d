// The compiler's process does not optimise its WebAssembly, whatever version of Node it is: V8 itself is asked.
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";

const BASELINE = new URL("../../../src/sandbox/compile/baseline.js", import.meta.url).href;
/** (n) => counts to n in a loop. */
const COUNTING = [
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f, 0x03, 0x02],
  ...[0x01, 0x00, 0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00, 0x0a, 0x19, 0x01, 0x17, 0x01, 0x01, 0x7f, 0x03, 0x40],
  ...[0x20, 0x01, 0x41, 0x01, 0x6a, 0x21, 0x01, 0x20, 0x01, 0x20, 0x00, 0x48, 0x0d, 0x00, 0x0b, 0x20, 0x01, 0x0b],
];

/** Rounds until the loop is optimised; null: it is not after `most`. */
function roundsUntilOptimised(first: string, most: number): number | null {
  const program = `
    ${first}
    const { f } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(${JSON.stringify(COUNTING)}))).exports;
    let rounds = 0;
    while (rounds < ${most} && !%IsTurboFanFunction(f)) {
      f(10000);
      rounds++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    console.log(rounds < ${most} ? rounds : null);`;
  const words = ["--allow-natives-syntax", "--input-type=module", "--eval", program];
  return JSON.parse(execFileSync(process.execPath, words, { encoding: "utf8", stdio: "pipe" })) as number | null;
}

it("keeps to the code that is made first", () => {
  const rounds = roundsUntilOptimised("", 1_000_000);
  expect(rounds, "it is optimised where nobody says otherwise").not.toBeNull();
  const kept = `const { keepToBaseline } = await import(${JSON.stringify(BASELINE)}); keepToBaseline();`;
  expect(roundsUntilOptimised(kept, 10_000 + 10 * (rounds ?? 0))).toBeNull();
});
