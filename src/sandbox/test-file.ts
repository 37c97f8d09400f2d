// The file of tests beside a strategy, as the compiler and the faults call it.
export const TEST_FILE = "strategy.test.ts";
export const PYTHON_TEST_FILE = "strategy_test.py";
export type TestFile = typeof TEST_FILE | typeof PYTHON_TEST_FILE;
