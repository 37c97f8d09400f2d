// `strategy-engine audit verify`: follows the chain of the audit trail from its first entry to its last, also while the
// engine runs. Exit code 0 when it is whole, 1 when not.
import { join } from "node:path";
import { Command } from "commander";
import type { ChainReport } from "../manage/manage.ts";
import { dataDirOf } from "./backup.ts";
import { complain, count, print } from "./text.ts";

interface Options {
  readonly config?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

export function auditCommand(): Command {
  const verify = new Command("verify")
    .description("check the hash chain of the audit trail and name the first broken entry")
    .option("-d, --data-dir <folder>", "DATA_DIR of the engine (default: the setting)")
    .option("-c, --config <file>", "JSON file with settings")
    .option("--json", "the finding as JSON")
    .addHelpText(
      "after",
      `
Every entry carries the hash of the one before it, so one that was changed, taken out or put in shows, and so does the
place. Entries that were cut off at the end do not show: note the last hash that this prints, and look whether GET /audit
still has it.

Examples:
  strategy-engine audit verify
  strategy-engine audit verify --json -d /var/lib/engine`,
    )
    .action(async (options: Options) => {
      process.exitCode = await run(options);
    });
  return new Command("audit").description("the record of who changed what").addCommand(verify);
}

async function run(options: Options): Promise<number> {
  const dataDir = dataDirOf(options);
  if (dataDir === null) return 1;
  const { readTrail } = await import("../store/trail.ts");
  const { STORE_FILE } = await import("../store/backup.ts");
  const { ChainWalk } = await import("../manage/manage.ts");
  const walk = new ChainWalk();
  const read = readTrail(join(dataDir, STORE_FILE), (entry) => walk.take(entry));
  if (!read.ok) {
    complain(read.failure);
    return 1;
  }
  return tell(walk.report, options.json === true);
}

function tell({ entries, head, broken }: ChainReport, asJson: boolean): number {
  if (asJson) {
    const first = broken === null ? null : { position: broken.position, what: broken.what };
    print(JSON.stringify({ whole: broken === null, entries, last_hash: head.hash, first_broken: first }, null, 2));
  } else if (broken === null) {
    const last = entries === 0 ? "" : `; the last hash is ${head.hash}`;
    print(`the audit trail is whole: ${count(entries)} entries${last}`);
  } else {
    complain(
      `entry ${broken.position} of the audit trail is ${broken.what}; the ${count(entries)} before it are as they were written, and nothing after it is proven`,
    );
  }
  return broken === null ? 0 : 1;
}
