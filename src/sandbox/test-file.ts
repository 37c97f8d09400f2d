// The file of tests beside a strategy, as the compiler and the faults call it.
export const TEST_FILE = "strategy.test.ts";
