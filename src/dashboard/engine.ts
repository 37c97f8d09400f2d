// The page's one connection to the engine: REST calls and the socket, by the client that is published. Everything that
// the pages show comes through here. The key stays in this tab's session storage and leaves it only towards the engine.
import { computed, signal } from "@preact/signals";
import {
  createClient,
  explainFailure,
  type Client,
  type LiveClient,
  type LiveState,
  type OperationName,
  type RequestOf,
  type ResponseOf,
  type RestFailure,
} from "../client/client.ts";

const KEY = "strategy-engine-key";

export const link = signal<LiveState>("connecting");
/** When the socket was last open, epoch ms; null before the first time. */
export const openUntil = signal<number | null>(null);
/** The dialog for a key is open. */
export const keyWanted = signal(false);
/** The engine wants a key that this page does not have, or knows it no longer; until another is entered nothing is asked. */
export const locked = signal(false);
export const hasKey = signal(sessionStorage.getItem(KEY) !== null);
/** What the engine has said that the key may do; null: nothing yet. */
export const granted = signal<"read" | "write" | null>(null);
/** The first connection does not come about: the page lives by what it asks for. */
export const unconnected = signal(false);
/**
 * Without authentication everybody may do everything; a key may only read until the engine has said more. Where no
 * connection says it, everything is offered: the engine refuses what a key may not do, and the emergency stop is in reach.
 */
export const role = computed(() => granted.value ?? (hasKey.value && !unconnected.value ? "read" : "write"));

const FIRST_CONNECTION_MS = 5_000;

let client = clientOf();
let live: LiveClient | null = null;
let patience: ReturnType<typeof setTimeout> | undefined;
const begins = new Set<(live: LiveClient) => void>();

function clientOf(): Client {
  const apiKey = sessionStorage.getItem(KEY);
  return createClient({
    url: new URL(".", location.href).href,
    ...(apiKey === null ? {} : { apiKey }),
    fetch: (input, init) => fetch(input, init),
    onState: (state) => {
      if (link.peek() === "open" && state !== "open") openUntil.value = Date.now();
      link.value = state;
      if (state === "open") unconnected.value = false;
    },
    onRole: (given) => (granted.value = given),
  });
}

/** Each connection that begins is handed to `run`: at once, and again after a change of the key. What is returned ends it. */
export function onLive(run: (live: LiveClient) => void): () => void {
  begins.add(run);
  if (live !== null) run(live);
  return () => void begins.delete(run);
}

export function connect(): void {
  live?.close();
  // That was done here on purpose: nothing was lost.
  link.value = "connecting";
  openUntil.value = null;
  unconnected.value = false;
  clearTimeout(patience);
  patience = setTimeout(
    () => (unconnected.value = openUntil.value === null && link.value !== "open"),
    FIRST_CONNECTION_MS,
  );
  client = clientOf();
  live = client.live();
  for (const run of begins) run(live);
}

/** An empty key forgets the present one. */
export function useKey(key: string): void {
  if (key === "") sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, key);
  hasKey.value = key !== "";
  granted.value = null;
  connect();
  keyWanted.value = false;
  locked.value = false;
}

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string; readonly failure: RestFailure };

export async function call<K extends OperationName>(
  operation: K,
  ...request: "params" extends keyof RequestOf<K> ? readonly [RequestOf<K>] : readonly [RequestOf<K>?]
): Promise<Answer<ResponseOf<K>>> {
  const asked = client;
  const outcome = await asked.rest.call(operation, ...request);
  if (outcome.ok) return outcome;
  const { failure } = outcome;
  // What was asked with the key before says nothing of the present one.
  if (failure.code === "refused" && failure.status === 401 && asked === client) {
    keyWanted.value = true;
    locked.value = true;
  }
  return { ok: false, why: sentence(failure), failure };
}

/** What a person is told: the engine's own words, with the fields that were wrong and are not in them. */
function sentence(failure: RestFailure): string {
  if (failure.code !== "refused") return explainFailure(failure);
  const fields = failure.details
    .filter(({ field, issue }) => failure.message !== `${field} ${issue}`)
    .map(({ field, issue }) => `${field}: ${issue}`);
  return fields.length === 0 ? failure.message : `${failure.message} (${fields.join("; ")})`;
}
