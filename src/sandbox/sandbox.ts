// The door of the room: users' strategies are compiled here and run here, inside budgets, off the data plane.
export { type Account, sitDown } from "./budget/account.ts";
export { ownThread, threadState, type ThreadState, threadTime } from "./budget/cpu-time.ts";
export { COMPILER_BYTES, HOLDERS, type Limits, type Seat } from "./budget/board.ts";
export { Budget, type BudgetUse } from "./budget/budget.ts";
export { Compilers, type Artefact, type CompilersOptions } from "./compile/compilers.ts";
export type { Diagnostic } from "./compile/diagnostics.ts";
export { blankEvent, fillBar, fillBook, type FilledEvent, fillQuote, fillTrade } from "./market-event.ts";
export { StrategyCompiler, type Translate } from "./compile/strategy-compiler.ts";
export { runTests, type CompiledTests, type OwnTest } from "./own-tests.ts";
export { BEGINS_WITH, LANGUAGES, openProgram, type CompiledStrategy, type Given, type Language } from "./program.ts";
export type { Program, Usage } from "./running.ts";
export type { SignalFeed, SignalFeeds } from "./signal-feed.ts";
export { SAID_BUY, SAID_EXIT, SAID_SELL, SIGNAL_WORDS } from "./signal-words.ts";
export {
  EVENT_FUEL,
  StrategyModule,
  type Decision,
  type MarketEvent,
  type StrategyFault,
  type StrategyParameter,
} from "./strategy-module.ts";
