// What operators set while the engine runs: components of the configuration, and feature flags, corrections of
// instruments. The door of the room.
export { RuntimeConfig, type Component, type Numbering } from "./runtime-config.ts";
export { type ConfigDefaults, type Numbers } from "./components.ts";
export { Flags, type Flag } from "./flags.ts";
export { InstrumentSettings } from "./instruments.ts";
