// What a strategy imports: `import { Strategy, Market, parameter, Rsi } from "strategy-engine/sdk"`.
export { Market } from "./market";
export { Parameter, parameter } from "./parameter";
export { Strategy } from "./strategy";
export { Atr, Bollinger, Channel, Deviation, Ema, Macd, Rsi, Sma, Window, ZScore } from "./indicators";
export { exp, ln } from "../math/ln";
export { normalCdf } from "../math/normal";
