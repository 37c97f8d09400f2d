// Where tests keep what they compiled: one folder for all of a run and for the next, because the compiler takes seconds to
// get to its speed, and the same code gives the same bytes. Tests of compiling itself keep away from it.
import { fileURLToPath } from "node:url";

export const COMPILED = fileURLToPath(new URL("../../compiled", import.meta.url));
