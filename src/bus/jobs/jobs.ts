// The door of the job queue, loaded by those who use it: JOBS=redis and `strategy-engine work`.
import type { Log } from "../../telemetry/log.ts";
import { jobQueueName } from "../keys.ts";
import type { RedisAddress } from "../redis-address.ts";
import { JobSender } from "./job-sender.ts";
import { JobTaker, type TakerOptions } from "./job-taker.ts";

export type { JobEnding, JobSender, SentJob } from "./job-sender.ts";
export type { JobTaker, TakenJob, TakerOptions } from "./job-taker.ts";

/** One queue, both of its sides; of jobs of one version of the engine. */
export interface JobLine {
  send(): JobSender;
  take(options: Omit<TakerOptions, "log">): JobTaker;
}

export function jobLine(address: RedisAddress, version: string, log: Log): JobLine {
  const name = jobQueueName(version);
  return {
    send: () => new JobSender(name, address, log),
    take: (options) => new JobTaker(name, address, { ...options, log }),
  };
}
