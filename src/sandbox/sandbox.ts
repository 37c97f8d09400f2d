// The door of the room: users' strategies are compiled here and run here, inside budgets, off the data plane.
export { Compilers, type Artefact, type CompilersOptions } from "./compile/compilers.ts";
export type { Diagnostic } from "./compile/diagnostics.ts";
export { StrategyCompiler } from "./compile/strategy-compiler.ts";
export { runTests, type CompiledTests, type OwnTest } from "./own-tests.ts";
export {
  LANGUAGES,
  openProgram,
  type CompiledStrategy,
  type Given,
  type Language,
  type Program,
  type Usage,
} from "./program.ts";
export {
  EVENT_FUEL,
  StrategyModule,
  type Decision,
  type MarketEvent,
  type StrategyFault,
  type StrategyParameter,
} from "./strategy-module.ts";
