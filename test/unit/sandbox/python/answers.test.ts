// What the host takes from the interpreter, were the Python in it to say anything at all: `_tick` is replaced by ours.
import { describe, expect, it } from "vitest";
import { Interpreter } from "../../../../src/sandbox/python/interpreter.ts";
import { PythonProgram } from "../../../../src/sandbox/python/python-program.ts";
import { eventAt, faultOf, strategyOf } from "../../../support/sandbox/python.ts";

async function answerTo(expression: string): Promise<unknown> {
  const interpreter = await Interpreter.open(16 * 1_048_576);
  interpreter.run(`def _tick(*event):\n    return ${expression}\ndef _symbol(name):\n    pass\n`);
  const reference = (name: string): number => {
    const found = interpreter.functionNamed(name);
    if (!found.ok) throw new Error(found.failure.message);
    return found.value;
  };
  const [tick, naming] = [reference("_tick"), reference("_symbol")];
  return new PythonProgram(interpreter, ["A"], { tick, garbage: naming, naming }).decide(eventAt(0, 1));
}

describe("an answer of the interpreter", () => {
  it.each(["1.5", "-1.5", "7", "float('nan')", "float('inf')", "-float('inf')"])(
    "is no decision where its confidence is %s",
    async (value) => expect(await answerTo(value)).toMatchObject({ failure: { kind: "bad_decision" } }),
  );
  it("is a decision from 0 to 1, of either sign", async () => {
    expect(await answerTo("1.0")).toMatchObject({ value: { action: "buy", confidence: 1 } });
    expect(await answerTo("-0.25")).toMatchObject({ value: { action: "sell", confidence: 0.25 } });
  });
  it("has at most five hundred characters where it is a text", async () => {
    expect(await answerTo("'x' * 3000")).toMatchObject({ failure: { message: "x".repeat(500) } });
  });
  it("is a fault where the interpreter has no such function", async () => {
    const found = (await Interpreter.open(16 * 1_048_576)).functionNamed("_nothing");
    expect(found).toMatchObject({ ok: false, failure: { kind: "aborted" } });
  });
});

it("a field of a data class does not lead behind the object by another name", async () => {
  const before = "from dataclasses import dataclass, fields, asdict\n@dataclass\nclass P:\n    a: int = 1";
  const fault = await faultOf(
    strategyOf("p = P()\nfields(P)[0].name = '__class__'\nraise ValueError(repr(asdict(p)))", before),
  );
  expect(fault.message).toBe("AttributeError: a field cannot have this name");
});
