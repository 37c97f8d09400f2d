// The audit of the strategies takes each listed rule out of its kernel by its text. A text that has moved on makes that
// rule untested without a word until somebody runs the audit, which takes long; that it still stands is seen here.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { AuditedRule } from "../../support/audit/rule.ts";

const ROOT = new URL("../../../../../", import.meta.url);
const RULES = new URL("../../support/audit/", import.meta.url);

async function listed(): Promise<readonly AuditedRule[]> {
  const files = readdirSync(RULES).filter((name) => name.endsWith(".js") && name !== "rule.js");
  const modules = await Promise.all(
    files.map((name) => import(new URL(name, RULES).href) as Promise<Readonly<Record<string, readonly AuditedRule[]>>>),
  );
  return modules.flatMap((module) => Object.values(module).flat());
}
const read = (file: string): string => readFileSync(fileURLToPath(new URL(file, ROOT)), "utf8");

describe("the audited rules", () => {
  it("each stand once in their kernels", async () => {
    const rules = await listed();
    expect(rules.length).toBeGreaterThan(200);
    const texts = new Map(rules.map(({ file }) => [file, read(file)]));
    const stale = rules.filter(({ file, find }) => texts.get(file)?.split(find).length !== 2);
    expect(stale.map(({ file, rule }) => `${file}: ${rule}`)).toEqual([]);
  });
});
