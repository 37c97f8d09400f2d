// The dashboard: its page at `/`, its scripts and styles under `/dashboard/`. They are files that the build made; their
// names follow from their contents, and only names that the build knows are served. The page's policy lets in nothing
// but this server's own files.
import { readdir, readFile } from "node:fs/promises";
import { failed, ok } from "../../domain/result.ts";
import { getDashboardFile, getHome } from "../contract/pages.ts";
import { keptFile, PAGE_POLICY } from "../page.ts";
import type { Answer } from "../reply.ts";
import type { Router } from "../router.ts";

const FOLDER = new URL("../../../dashboard/", import.meta.url);
const FILES = new URL("dashboard/", FOLDER);

interface Built {
  readonly page: Answer;
  readonly files: ReadonlyMap<string, Answer>;
}

export function pageRoutes(router: Router): void {
  let built: Promise<Built> | null = null;
  const read = (): Promise<Built> => (built ??= readBuilt());
  router.reply(getHome, async () => (await read()).page);
  router.reply(getDashboardFile, async ({ params }) => {
    const file = (await read()).files.get(params.file);
    return file ?? failed({ code: "not_found", kind: "path", id: `/dashboard/${params.file}` });
  });
}

async function readBuilt(): Promise<Built> {
  try {
    const body = await readFile(new URL("index.html", FOLDER));
    const names = (await readdir(FILES)).filter((name) => /\.(js|css)$/.test(name));
    const bodies = await Promise.all(names.map((name) => readFile(new URL(name, FILES))));
    return {
      page: ok({
        status: "200 OK",
        contentType: "text/html; charset=utf-8",
        body,
        headers: [...PAGE_POLICY, ["Cache-Control", "no-cache"]],
      }),
      files: new Map(names.map((name, index) => [name, keptFile(name, bodies[index] ?? "")])),
    };
  } catch {
    const what = "the dashboard (build it with npm run build)";
    return { page: failed({ code: "not_available", what }), files: new Map() };
  }
}
