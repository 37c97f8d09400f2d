// The order of the test files: what takes long begins first, so that no long file is left alone at the end while the other
// processors rest. vitest by itself goes by the size of a file, until it has run here.
import { BaseSequencer } from "vitest/node";

/** Files that take longest, below test/, the longest first; only the order counts. */
const LONGEST = `
  property/simulator property/sequential
  integration/sandbox-assemblyscript integration/project-cli integration/research/code-tests integration/docs
  integration/cluster/failover integration/manage/certificate integration/manage/deployments integration/cli
  integration/bus-failover integration/dashboard/frame integration/demo-day integration/manage/soak
  integration/jobs/trials integration/jobs/runs integration/research/sweep-command
  integration/manage/deployment-verdicts integration/cluster/master-lost integration/cluster/node
  integration/manage/pipeline-retry integration/history/commands integration/cluster/posted-ticks
  integration/manage/hostile-code integration/parameter-ends integration/cluster/slow-folder
  integration/dashboard/deploy integration/jobs/queue integration/manage/progressive integration/client/package
  integration/sandbox-refusals integration/research/memory integration/manage/tearsheet integration/manage/own-moves
  integration/dashboard/dialogs integration/input-stream integration/manage/backtests integration/reliability
  integration/manage/venue-redis integration/client/live-client integration/manage/audit-everywhere
  integration/history/bad-files integration/manage/sweeps integration/manage/code-runs
  integration/manage/learned-verdicts integration/manage/rollback-told integration/cluster/redis-master
  integration/manage/audit-kill integration/manage/learning-proposals integration/server/idempotency
  integration/manage/no-tick-lost integration/manage/deployment-control integration/server/contract
  integration/manage/settings integration/research/code-run integration/cluster/shard-engine
`
  .trim()
  .split(/\s+/)
  .map((name) => `/test/${name}.test.js`);

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
