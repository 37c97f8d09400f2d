// The door of learned models: what they see, how they are trained and judged, what their files hold, and the strategy that a
// proven one becomes. Pure and deterministic; docs/learning.md tells what it means.
export { FRESH_WATCH, lossDrifts, stabilityLimit, stabilityOf, watched } from "./models/drift.ts";
export { type Bars, INPUTS, inputsOf, WARM_BARS } from "./models/features.ts";
export { type Evidence, EVIDENCE } from "./models/evidence.ts";
export { decodeModel, encodeModel, type Model, modelHash } from "./models/model-file.ts";
export { isKnown, type Known, recheck, type Recheck } from "./models/recheck.ts";
export { modelIn, strategySource } from "./models/strategy-source.ts";
export { BARS_MIN, modelOf, TRAIN, type Trained, trainModel, type TrainSettings } from "./models/train.ts";
export { probabilities } from "./models/weights.ts";
export { Workbench } from "./models/workbench.ts";
