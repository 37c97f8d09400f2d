// All faults, in the order of the table.
import { DISK_FAULTS } from "./disk.ts";
import { HALTED_DISK } from "./halted-disk.ts";
import { FILE_FAULTS } from "./files.ts";
import { PROCESS_FAULTS } from "./process.ts";
import { REDIS_FAULTS } from "./redis.ts";
import { LEARNING_THREAD_FAULTS } from "./learning-threads.ts";
import type { Fault } from "./stage.ts";
import { THREAD_FAULTS } from "./threads.ts";
import { UPGRADE_FAULTS } from "./upgrade.ts";

export const FAULTS: readonly Fault[] = [
  ...REDIS_FAULTS,
  ...DISK_FAULTS,
  HALTED_DISK,
  ...FILE_FAULTS,
  ...PROCESS_FAULTS,
  ...THREAD_FAULTS,
  ...LEARNING_THREAD_FAULTS,
  ...UPGRADE_FAULTS,
];
