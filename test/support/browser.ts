// A page as a browser shows it: Chromium without a window, with a profile of its own that is thrown away.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const RENDER_MS = 15_000;
const GIVE_UP_MS = 90_000;

export interface Rendered {
  /** The document after its scripts have run. */
  readonly html: string;
  /** What the page's scripts and the policy of the page complained of. */
  readonly console: readonly string[];
}

/** No name resolves and no other address than this machine's is reached. */
export async function render(url: string): Promise<Rendered> {
  const profile = mkdtempSync(join(tmpdir(), "browser-"));
  const args = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--enable-logging=stderr",
    `--user-data-dir=${profile}`,
    `--virtual-time-budget=${RENDER_MS}`,
    "--dump-dom",
    url,
  ];
  const child = spawn("chromium", args, { stdio: ["ignore", "pipe", "pipe"] });
  const timer = setTimeout(() => child.kill("SIGKILL"), GIVE_UP_MS);
  let html = "";
  let log = "";
  child.stdout.on("data", (bytes: Buffer) => (html += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (log += bytes.toString()));
  await new Promise((resolve, reject) => {
    child.once("close", resolve);
    child.once("error", reject);
  });
  clearTimeout(timer);
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  return { html, console: log.split("\n").filter((line) => line.includes("CONSOLE")) };
}
