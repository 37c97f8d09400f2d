// Code with what is wrong in it, as a terminal shows it.
import { expect, it } from "vitest";
import { excerpt } from "../../../src/cli/project/excerpt.ts";
import type { Project } from "../../../src/cli/project/project.ts";

it("shows the line as it is spelled, colours of its author's too, and the caret under the same place", () => {
  const code = '\tx = "\u001b[32mok\u001b[39m" + odd\n';
  const project = { path: "strategy.py", code, tests: null } as Project;
  const column = code.indexOf("odd") + 1;
  const [, line = "", caret = ""] = excerpt([{ message: "odd", line: 1, column, hint: null }], project).split("\n");
  expect(line).toBe('  1 | \tx = "\\u001b[32mok\\u001b[39m" + odd');
  expect(caret.indexOf("^")).toBe(line.indexOf("odd"));
});
