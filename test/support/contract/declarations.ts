// Every endpoint that a file of the contract declares, found by looking into the files.
import { readdir } from "node:fs/promises";
import type { Endpoint } from "../../../src/server/contract/endpoint.ts";

const FOLDER = new URL("../../../src/server/contract/", import.meta.url);

export async function declaredEndpoints(): Promise<readonly Endpoint[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith(".js")).sort();
  const modules = await Promise.all(
    names.map((name) => import(new URL(name, FOLDER).href) as Promise<Record<string, unknown>>),
  );
  return modules.flatMap((module) => Object.values(module)).filter(isEndpoint);
}

function isEndpoint(value: unknown): value is Endpoint {
  return typeof value === "object" && value !== null && "method" in value && "path" in value && "alsoStatus" in value;
}

export function nameOf({ method, path }: Pick<Endpoint, "method" | "path">): string {
  return `${method} ${path}`;
}
