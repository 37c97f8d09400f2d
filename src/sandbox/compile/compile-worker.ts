// The compiler's own process: it grows to hundreds of megabytes and blocks while it works, and an author's code must not
// be able to take more with it than this. One message in, one out, one compilation at a time.
import { keepToBaseline } from "./baseline.ts";
import { compile, loadCompiler } from "./compiler.ts";
import type { CompileAnswer, CompileRequest } from "./messages.ts";

keepToBaseline();
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
