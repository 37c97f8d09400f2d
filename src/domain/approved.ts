// A signal that passed every rule of risk. Sinks take nothing else, and only stream/risk/risk.ts makes one.
import type { Signal } from "./signal.ts";

declare const passed: unique symbol;

export type Approved = Signal & { readonly [passed]: true };
