// What regime_shift_detector makes of a symbol, at the end of its row (layout.ts); all 0 until it speaks. And the regimes
// of asset classes and of the market in force, which the host keeps among the settings: two f64 words for each, the
// regime's code and the engine clock (us) since when; first the market, then asset types by their code.
// Read by both compilers.
export const SYMBOL_REGIME_SINCE = 240; // f64 engine clock us
export const SYMBOL_REGIME_P = 248; //    f32 probability of it now
export const SYMBOL_REGIME = 252; //      u8 REGIME_ code
export const SYMBOL_REGIME_SIDE = 253; // i8 of a trend: 1 up, -1 down

export const REGIME_UNKNOWN = 0;
export const REGIME_TRENDING = 1;
export const REGIME_RANGING = 2;
export const REGIME_VOLATILE = 3;
export const REGIME_CALM = 4;

export const SETTING_REGIMES = 12;
export const REGIME_GROUPS = 6;

/** Of engines before regimes were named in words: the columns of a cell of regime_shift_detector. */
export const REGIME_COLUMNS_BEFORE = 412;
