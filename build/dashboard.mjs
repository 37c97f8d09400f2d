// Builds the dashboard: its types are checked, then vite makes one page, one script and one style sheet of it, named by
// their contents. Nothing of it is loaded from outside.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

execFileSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", "src/dashboard/tsconfig.json"], {
  cwd: ROOT,
  stdio: ["ignore", "inherit", "inherit"],
});
await build({
  root: join(ROOT, "src/dashboard"),
  configFile: false,
  logLevel: "warn",
  // Also behind a proxy that puts a path before it, and as the page of a shard.
  base: "./",
  build: {
    outDir: join(ROOT, "build/out/dashboard"),
    emptyOutDir: true,
    assetsDir: "dashboard",
    // The engine's own policy for pages forbids what is not a file.
    assetsInlineLimit: 0,
    modulePreload: false,
    target: "es2023",
  },
});
