// What a strategy imports: `import { Strategy, Market, parameter, Rsi } from "strategy-engine/sdk"`.
export { Market } from "./market";
export { Parameter, parameter } from "./parameter";
export { Regime, regime, Signal, signal } from "./signals";
export { Strategy } from "./strategy";
export { Atr, Bollinger, Channel, Deviation, Ema, Macd, Rsi, Sma, Window, ZScore } from "./indicators";
export { LearnedStrategy, LogisticModel, Model, TreeModel } from "./learned";
export { ModelInputs } from "./model-inputs";
export { exp, ln } from "../math/ln";
export { normalCdf } from "../math/normal";
