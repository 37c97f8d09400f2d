// The scripted day of `npm run demo:day`, with a pipeline of two stages: it comes to its end, and all tell the same story.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const RUN = fileURLToPath(new URL("../support/demo-day/run-day.js", import.meta.url));

it.each([[["--short"]], [["--short", "--without-redis"]]])(
  "a day is told to its end, and API, bus and database tell the same (%s)",
  async (flags) => {
    const { stdout } = await promisify(execFile)(process.execPath, [RUN, ...flags], { timeout: 290_000 });
    for (const word of ["WARNING", "BREACH", "KILLED", "PAUSED", "STOPPED"]) expect(stdout).toContain(`  ${word} `);
    expect(stdout).toContain("All three tell the same story.");
    expect(stdout).not.toContain("✗");
    expect(stdout.split("\n").length).toBeLessThan(50);
  },
);
