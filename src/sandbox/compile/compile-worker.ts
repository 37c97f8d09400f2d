// The compiler's own process: it grows to hundreds of megabytes and blocks while it works, and an author's code must not
// be able to take more with it than this. One message in, one out, one compilation at a time.
import { setFlagsFromString } from "node:v8";
import { compile, loadCompiler } from "./compiler.ts";
import type { CompileAnswer, CompileRequest } from "./messages.ts";

// Half of the compiler is WebAssembly. To optimise its machine code takes more of the processor than the first strategies do
// that are compiled by it: without, the first one takes a third of the time, and a later one a tenth to a quarter more.
setFlagsFromString("--liftoff-only");
const compiler = await loadCompiler();
process.on("message", (request: CompileRequest) => void answer(request));
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });

async function answer({ id, source, memoryBytes }: CompileRequest): Promise<void> {
  const compiled = await compile(compiler, source, memoryBytes);
  const message: CompileAnswer = compiled.ok
    ? { id, module: Buffer.from(compiled.value).toString("base64"), diagnostics: [] }
    : { id, module: null, diagnostics: compiled.failure };
  process.send?.(message);
}
