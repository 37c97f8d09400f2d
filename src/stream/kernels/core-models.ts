// The models among the core's exports: what learned models say of rows, and how the logistic one learns. Addresses are
// byte addresses in the core's memory; layouts and rules stand in assembly/math/models/. Input j of row r lies at
// columns + j stride + 8 r.
export interface ModelExports {
  ftrlLearn(
    model: number,
    state: number,
    inputs: number,
    columns: number,
    stride: number,
    rows: number,
    labels: number,
    shares: number,
    alpha: number,
    beta: number,
    l1: number,
    l2: number,
    out: number,
  ): void;
  logisticModel(model: number, inputs: number, columns: number, stride: number, rows: number, out: number): void;
  /** From row `from` on, one at a time. */
  logisticRows(
    model: number,
    inputs: number,
    columns: number,
    stride: number,
    from: number,
    rows: number,
    out: number,
  ): void;
  treeModel(
    thresholds: number,
    words: number,
    leaves: number,
    trees: number,
    depth: number,
    base: number,
    columns: number,
    stride: number,
    rows: number,
    out: number,
  ): void;
  /** From row `from` on, one at a time. */
  treeRows(
    thresholds: number,
    words: number,
    leaves: number,
    trees: number,
    depth: number,
    base: number,
    columns: number,
    stride: number,
    from: number,
    rows: number,
    out: number,
  ): void;
}
