// docs/python.md: its example works, what it says is there is there, and what it says is not is not.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { checkPython } from "../../../../src/sandbox/python/check/check.ts";
import { answersTo, opened, saidBy, strategyOf } from "../../../support/sandbox/python.ts";

const text = readFileSync("docs/python.md", "utf8");

it("the documented strategy passes the check and trades", async () => {
  const code = /```python\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
  expect(await checkPython(code)).toMatchObject({ ok: true });
  const answers = answersTo(
    await opened(code),
    Array.from({ length: 30 }, (_, index) => 100 - index),
  );
  expect(answers.at(-1)).toMatchObject({ value: { action: "buy" } });
});

it("numpy has every name that is listed", async () => {
  const names = (/^> `(.*)`$/m.exec(text)?.[1] ?? "").split(" ");
  expect(names.length).toBeGreaterThan(50);
  const said = await saidBy(`[n for n in ${JSON.stringify(names)} if not hasattr(np, n)]`, "import numpy as np");
  expect(said).toBe("[]");
});

it.each(["x = [*[1], 2]", "x = {**{}}", "match 1:\n    case 1:\n        pass", "def f(a, /):\n    pass"])(
  "%j is not there, as it says",
  async (statement) => {
    expect(await checkPython(`${statement}\n${strategyOf("return None")}`)).toMatchObject({ ok: false });
  },
);
