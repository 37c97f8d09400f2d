// Runs before every file of tests: properties that name no seed of their own begin at that of the run (build/property-seed.mjs).
import { configureGlobal, readConfigureGlobal } from "fast-check";

const seed = Number(process.env["PROPERTY_SEED"]);
if (!Number.isSafeInteger(seed)) throw new Error("PROPERTY_SEED must be a whole number; vitest.config.mjs sets it");
configureGlobal({ ...readConfigureGlobal(), seed });
