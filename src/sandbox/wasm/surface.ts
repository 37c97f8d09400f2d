// What a strategy's module may show to the host and want of it: no name that is the engine's own among its exports but those
// that the compiler's runtime has, and `abort` with the types that the host expects. Other imports are refused by name
// where the module is opened (../compile/compilers.ts).
import { type Binary, EXPORT, I32, IMPORT, TYPE } from "./binary.ts";
import { WasmFault, type WasmReader } from "./reader.ts";

const OWN = "__";
/** What the compiler puts there, and the host's name for the start. */
const RUNTIMES: ReadonlySet<string> = new Set([
  "__new",
  "__pin",
  "__unpin",
  "__collect",
  "__rtti_base",
  "__setArgumentsLength",
  "__begin",
]);
const FUNCTION_TYPE = 0x60;
/** Four numbers in, nothing out. */
const ABORT_TYPE = [FUNCTION_TYPE, 4, I32, I32, I32, I32, 0] as const;

/** Why not, as the end of a sentence that begins with the module; null: it may be run. */
export function surfaceFault(binary: Binary): string | null {
  const taken = exportNames(binary.reader(EXPORT)).find((name) => name.startsWith(OWN) && !RUNTIMES.has(name));
  if (taken !== undefined) return `it exports ${taken}, and names that begin with ${OWN} are the engine's`;
  const aborts = abortTypes(binary.reader(IMPORT));
  if (aborts.length > 1) return "it imports abort more than once";
  if (aborts.some((type) => !hasType(binary.reader(TYPE), type, ABORT_TYPE)))
    return "it imports abort with other types than its message, file, line and column";
  return null;
}

function exportNames(exports: WasmReader): readonly string[] {
  const names: string[] = [];
  for (let left = exports.u32(); left > 0; left--) {
    names.push(nameAt(exports));
    exports.byte();
    exports.u32();
  }
  return names;
}

/** Indices of the types with which env.abort is imported; all imports are functions. */
function abortTypes(imports: WasmReader): readonly number[] {
  const types: number[] = [];
  for (let left = imports.u32(); left > 0; left--) {
    const name = `${nameAt(imports)}.${nameAt(imports)}`;
    imports.byte();
    const type = imports.u32();
    if (name === "env.abort") types.push(type);
  }
  return types;
}

/** Whether the type of this index is written so. */
export function hasType(types: WasmReader, wanted: number, written: readonly number[]): boolean {
  const count = types.u32();
  for (let index = 0; index < count; index++) {
    const from = types.at;
    if (types.byte() !== FUNCTION_TYPE) throw new WasmFault("it has a type that is no function");
    types.pass(types.u32());
    types.pass(types.u32());
    if (index !== wanted) continue;
    const type = types.slice(from, types.at);
    return type.length === written.length && written.every((byte, place) => type[place] === byte);
  }
  return false;
}

function nameAt(reader: WasmReader): string {
  const text = reader.part(reader.u32());
  return new TextDecoder().decode(text.slice(text.at, text.end));
}
