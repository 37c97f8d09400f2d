// The compiler's own process: it grows to hundreds of megabytes and blocks while it works, and an author's code must not
// be able to take more with it than this. One message in, one out, one compilation at a time; before the author's own first
// lines are run, to learn what they declare, it says so, and whoever waits ends it when they take too long.
import { failed, ok, type Result } from "../../domain/result.ts";
import { declaredBy, metered, testsIn } from "./artefact.ts";
import { keepToBaseline } from "./baseline.ts";
import { compile, loadCompiler } from "./compiler.ts";
import type { Diagnostic } from "./diagnostics.ts";
import type { CompileAnswer, CompileRequest, FromCompiler } from "./messages.ts";

keepToBaseline();
const compiler = await loadCompiler();
process.on("message", (request: CompileRequest) => void answer(request));
process.on("disconnect", () => process.exit(0));
void tell({ ready: true });

async function answer(request: CompileRequest): Promise<void> {
  const { id } = request;
  const made = await madeOf(request);
  await tell(made.ok ? { id, made: made.value, diagnostics: [] } : { id, made: null, diagnostics: made.failure });
}

async function madeOf({ id, source, memoryBytes }: CompileRequest): Promise<Result<Made, readonly Diagnostic[]>> {
  const compiled = await compile(compiler, source, memoryBytes);
  if (!compiled.ok) return compiled;
  const taken = metered(compiled.value, memoryBytes);
  if (!taken.ok) return taken;
  const { wasm, module } = taken.value;
  const made = { wasm: Buffer.from(wasm).toString("base64"), tests: testsIn(module) };
  if (source.tests !== null) return ok({ ...made, parameters: [] });
  await tell({ begins: id });
  const declared = declaredBy(module);
  return declared.ok ? ok({ ...made, parameters: declared.value }) : failed(declared.failure);
}
type Made = NonNullable<CompileAnswer["made"]>;

/** Resolves when it has left: what is run next may block this process. */
function tell(message: FromCompiler): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}
