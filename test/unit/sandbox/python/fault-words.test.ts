// What a fault inside the interpreter says is text that the store takes, wherever it is cut.
import { expect, it } from "vitest";
import { faultOfPython } from "../../../../src/sandbox/python/faults.ts";
import { fitText } from "../../../../src/store/fit-text.ts";

const faultWith = (said: string) =>
  faultOfPython(`ValueError\u0004Traceback:\n  File "strategy.py", line 7, in on_tick\nValueError: ${said}`);

it("has no U+0000, and no half of a pair of surrogates at its end", () => {
  expect(faultWith("a\u0000b")).toMatchObject({ kind: "aborted", message: "ValueError: a\ufffdb", line: 7 });
  for (let before = 480; before < 500; before++) {
    const { message } = faultWith(`${"x".repeat(before)}\u{1f4a5}${"y".repeat(40)}`);
    expect(message).toHaveLength(500);
    expect(fitText(message, "")).toBe(message);
  }
});
