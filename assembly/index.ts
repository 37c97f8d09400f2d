// The exports of the core, one line each.
export { attach, heapBase, resetGlobals } from "./attach";
export { closeBarsLanes, closeBarsScalar } from "./cycle";
export { drain, snapshotTaken } from "./evaluate";
export { rebuildLists } from "./instances";
export { hashWords } from "./math/hash";
export { lnLanes, lnScalar, expScalar, normalCdf } from "./math/exports";
export { run } from "./rings/worker-loop";
export { learnRowsLanes, learnRowsScalar } from "./kernels/learning/threshold-learning";
