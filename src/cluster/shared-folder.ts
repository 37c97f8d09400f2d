// CLUSTER_DIR as a running node has it. A network's folder may leave a call without an answer for as long as it likes, and
// such a call holds one of the few threads that a process has for files and for names of hosts. So a node asks for one
// thing at a time, or it could find its Redis no more; and as an exit waits for that thread, whoever ends the process asks
// here whether a call is out.
import type { Log } from "../telemetry/log.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { epochsOf } from "./folders.ts";
import { identityOf } from "./identity.ts";

/** How long a folder may take. */
export interface Patience {
  /** At the start of a node; then it ends. */
  readonly startMs: number;
  /** Of one question while it runs; that is worth a word, and a node that stops waits no longer. */
  readonly silentMs: number;
}

export const PATIENCE: Patience = { startMs: 30_000, silentMs: 10_000 };

export class SharedFolder {
  readonly dir: string;
  private readonly clusterId: string;
  private readonly silentMs: number;
  private readonly log: Log;
  private readonly out = new Set<Promise<unknown>>();
  private silent = false;
  /** The newest question for epochs, or what came before it. */
  private epochs: Promise<unknown> = Promise.resolve();

  constructor(dir: string, clusterId: string, silentMs: number, log: Log) {
    this.dir = dir;
    this.clusterId = clusterId;
    this.silentMs = silentMs;
    this.log = log;
  }

  /** A call is out: an exit of this process would wait for it. */
  get busy(): boolean {
    return this.out.size > 0;
  }

  /** Fails when it cannot be read, or is not the cluster's any more: not mounted, say. `shards` wait for the answer. */
  async isOurs(shards: readonly number[]): Promise<Result<null, string>> {
    return this.ask(shards, async () => {
      const found = await identityOf(this.dir);
      return found?.id === this.clusterId ? ok(null) : failed(`CLUSTER_DIR ${this.dir} is not this cluster's any more`);
    });
  }

  /** The newest epoch of a shard that is complete; 0: none. One question at a time, whoever asks. */
  newestEpoch(shard: number): Promise<Result<number, string>> {
    const asked = this.epochs.then(() =>
      this.ask([shard], async () => ok((await epochsOf(this.dir, shard)).at(-1) ?? 0)),
    );
    this.epochs = asked;
    return asked;
  }

  /** Work in it that somebody else has the patience for. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.out.add(work);
    try {
      return await work;
    } finally {
      this.out.delete(work);
    }
  }

  /** Waits for what may wait for the folder; not for a silent one. */
  async unlessSilent(work: Promise<unknown> | null): Promise<void> {
    if (work === null || this.silent) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, this.silentMs)));
    await Promise.race([work, late]).finally(() => clearTimeout(timer));
  }

  /** Done when no call is out, or when there is no sense in waiting. */
  rest(): Promise<void> {
    const ended = async (): Promise<void> => {
      while (this.busy) await Promise.allSettled(this.out);
    };
    return this.unlessSilent(ended());
  }

  private async ask<T>(shards: readonly number[], work: () => Promise<Result<T, string>>): Promise<Result<T, string>> {
    const late = setTimeout(() => {
      this.silent = true;
      const told = { shards, folder: this.dir, for_ms: this.silentMs };
      this.log.error("the folder of the cluster does not answer; shards wait for it", told);
    }, this.silentMs);
    try {
      return await this.during(work());
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    } finally {
      clearTimeout(late);
      this.silent = false;
    }
  }
}
