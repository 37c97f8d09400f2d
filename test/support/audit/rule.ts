// One rule of a strategy and the change of the source that takes it out: then exactly the named test must go red.
export interface AuditedRule {
  readonly strategy: string;
  readonly rule: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly test: string;
  readonly name: string;
}
