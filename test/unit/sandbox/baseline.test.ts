// The compiler's process does not optimise its WebAssembly, whatever version of Node it is: V8 itself is asked.
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";

const BASELINE = new URL("../../../src/sandbox/compile/baseline.js", import.meta.url).href;
/** (n) => counts to n in a loop. */
const COUNTING =
  "0061736d0100000001060160017f017f03020100070501016600000a19011701017f0340200141016a210120012000480d000b20010b";

/** Rounds until the loop is optimised; null: it is not after `most`. */
function roundsUntilOptimised(first: string, most: number): number | null {
  const program = `
    ${first}
    const { f } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from("${COUNTING}", "hex"))).exports;
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
