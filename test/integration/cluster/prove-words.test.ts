// What `npm run cluster:prove` does where cables cannot be pulled: the other faults that it was asked for, or it says that
// nothing was tried. On this machine without any program no network namespace can be made, and no Redis be started.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const PROGRAM = fileURLToPath(new URL("../../support/cluster/run-cluster.js", import.meta.url));

function prove(kinds: string): { readonly code: number | null; readonly said: string } {
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, "--runs", "1", "--only", kinds], {
    env: { PATH: "" },
    encoding: "utf8",
  });
  return { code: status, said: stderr };
}

it("ends with 2 when nothing but cables was asked for", () => {
  const { code, said } = prove("unplug");
  expect(said).toMatch(/^SKIPPED: cables cannot be pulled here/);
  expect(said.trim().split("\n")).toHaveLength(1);
  expect(code).toBe(2);
});

it("tries everything else that was asked for", () => {
  const { code, said } = prove("kill,unplug");
  expect(said).toMatch(/^SKIPPED: cables cannot be pulled here/);
  expect(said).toContain("redis-server"); // which it wants to start
  expect(code).toBe(1);
});
