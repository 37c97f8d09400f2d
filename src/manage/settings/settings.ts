// What operators set while the engine runs: components of the configuration, and feature flags. The door of the room.
export { RuntimeConfig, type Component } from "./runtime-config.ts";
export { type ConfigDefaults } from "./components.ts";
export { Flags, type Flag } from "./flags.ts";
