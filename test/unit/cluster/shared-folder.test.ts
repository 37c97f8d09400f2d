// A folder of a cluster that does not answer for a while: its file is a pipe, which keeps who reads it waiting until
// somebody writes.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { SharedFolder } from "../../../src/cluster/shared-folder.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { QUIET } from "../../support/quiet-log.ts";
import { Mailbox } from "../../support/mailbox.ts";

const IDENTITY = '{"id":"0123","shards":4}';
const NEVER = new Promise(() => undefined);
const LONG_MS = 600_000;

let dir = "";
let file = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "shared-folder-"));
  file = join(dir, "cluster.json");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it("is told when it does not answer, and then nobody waits for it who need not", async () => {
  execFileSync("mkfifo", [file]);
  const lines = new Mailbox<string>();
  const log = createLog("info", { write: lines.put, flushSync: () => undefined });
  const folder = new SharedFolder(dir, "0123", 10, log);
  const asked = folder.isOurs([1, 3]);
  expect(JSON.parse(await lines.find((line) => line.includes("does not answer")))).toMatchObject({
    shards: [1, 3],
    folder: dir,
    for_ms: 10,
  });
  expect(folder.busy).toBe(true);
  await folder.unlessSilent(NEVER);
  await folder.rest();
  writeFileSync(file, IDENTITY);
  expect(await asked).toMatchObject({ ok: true });
  expect(folder.busy).toBe(false);
});

it("is waited for while it answers, and what is done in it as well", async () => {
  const folder = new SharedFolder(dir, "0123", LONG_MS, QUIET);
  let end = (): void => undefined;
  const work = folder.during(new Promise<void>((resolve) => (end = resolve)));
  expect(folder.busy).toBe(true);
  let rested = false;
  const rest = folder.rest().then(() => (rested = true));
  expect(await folder.newestEpoch(0)).toEqual({ ok: true, value: 0 });
  expect(rested).toBe(false);
  end();
  await Promise.all([work, rest]);
  expect(folder.busy).toBe(false);
  await folder.unlessSilent(Promise.resolve());
});

it("fails in a sentence when it cannot be read, or is not the cluster's", async () => {
  const folder = new SharedFolder(dir, "0123", LONG_MS, QUIET);
  const gone = { ok: false, failure: `CLUSTER_DIR ${dir} is not this cluster's any more` };
  expect(await folder.isOurs([0])).toEqual(gone);
  writeFileSync(file, IDENTITY.replace("0123", "4567"));
  expect(await folder.isOurs([0])).toEqual(gone);
  writeFileSync(file, IDENTITY);
  expect(await folder.isOurs([0])).toMatchObject({ ok: true });
  for (const epoch of [3, 12]) mkdirSync(join(dir, "shard-2", `epoch-${epoch}`), { recursive: true });
  expect(await folder.newestEpoch(2)).toEqual({ ok: true, value: 12 });
  writeFileSync(join(dir, "shard-3"), "");
  expect(await folder.newestEpoch(3)).toMatchObject({
    ok: false,
    failure: expect.stringContaining("ENOTDIR") as string,
  });
});
