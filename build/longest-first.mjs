// The order of the test files, and how many of them run at once: what takes long begins first, so that no long file is
// left alone at the end while the other processors rest. vitest by itself goes by the size of a file, until it has run here.
import { availableParallelism } from "node:os";
import { BaseSequencer } from "vitest/node";

/** Files of integration tests that take longest, below test/integration, the longest first; only the order counts. */
const LONGEST = `
  sandbox-assemblyscript project-cli research/code-tests docs cluster/failover manage/certificate cli bus-failover
  dashboard/frame demo-day manage/soak jobs/trials jobs/runs research/sweep-command manage/deployment-verdicts
  cluster/master-lost cluster/node manage/pipeline-retry history/commands cluster/posted-ticks parameter-ends
  cluster/slow-folder dashboard/deploy jobs/queue manage/progressive client/package sandbox-refusals research/memory
  manage/tearsheet manage/own-moves dashboard/dialogs input-stream manage/backtests reliability manage/venue-redis
  client/live-client manage/audit-everywhere history/bad-files manage/sweeps manage/code-runs manage/learned-verdicts
  manage/rollback-told cluster/redis-master manage/audit-kill manage/learning-proposals server/idempotency
  manage/no-tick-lost manage/deployment-control server/contract manage/settings research/code-run cluster/shard-engine
`
  .trim()
  .split(/\s+/)
  .map((name) => `/test/integration/${name}.test.js`);

/** Integration tests wait nearly half of their time, for time limits and for who stands still: one more uses what they leave. */
export const INTEGRATION_WORKERS = availableParallelism() + 1;

export class LongestFirst extends BaseSequencer {
  async sort(files) {
    const rest = await super.sort(files);
    const place = ({ moduleId }) => {
      const found = LONGEST.findIndex((name) => moduleId.endsWith(name));
      return found < 0 ? LONGEST.length : found;
    };
    return rest.toSorted((a, b) => place(a) - place(b));
  }
}
