// The door of the job queue, loaded by those who use it: JOBS=redis and `strategy-engine work`.
import type { Log } from "../../telemetry/log.ts";
import { type JobKind, jobQueueName } from "../keys.ts";
import type { RedisAddress } from "../redis-address.ts";
import { JobSender, type SenderOptions } from "./job-sender.ts";
import { JobTaker, type TakerOptions } from "./job-taker.ts";

export type { JobEnding, JobSender, SentJob } from "./job-sender.ts";
export type { JobTaker, TakenJob, TakerOptions } from "./job-taker.ts";

/** A queue for each kind of job, both of its sides; of jobs of one version of the engine. */
export interface JobLine {
  /** Of runs, unless another kind is named. */
  send(kind?: JobKind, options?: Omit<SenderOptions, "log">): JobSender;
  take(options: Omit<TakerOptions, "log">, kind?: JobKind): JobTaker;
}

export function jobLine(address: RedisAddress, version: string, log: Log): JobLine {
  const name = (kind: JobKind): string => jobQueueName(version, kind);
  return {
    send: (kind = "runs", options = {}) => new JobSender(name(kind), address, { ...options, log }),
    take: (options, kind = "runs") => new JobTaker(name(kind), address, { ...options, log }),
  };
}
