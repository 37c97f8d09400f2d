// One rule of a strategy, and the mutation that takes it out of the kernel: the named test must then fail. Each strategy
// lists its rules in a file of this folder; `npm run strategies:audit` tries them all.
export interface AuditedRule {
  readonly strategy: string;
  readonly rule: string;
  /** Source file of the kernel, from the root of the repository. */
  readonly file: string;
  /** Text that stands in it exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Test file, from the root of the repository, and a part of the name of the test that notices. */
  readonly test: string;
  readonly name: string;
}
