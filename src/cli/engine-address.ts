// Where the engine is that a command talks to, and with which key: the same two options in every such command. Without
// --url (or STRATEGY_ENGINE_URL) it is the engine of this machine, at HOST and PORT of its settings, by https where TLS is
// set; certificates are for names, so it is then called localhost where HOST names no other.
import { type Command, Option } from "commander";
import { explainFailure, type LiveFailure, type RestFailure } from "../client/client.ts";
import { isLoopback, loadConfig } from "../config.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { seen } from "../domain/seen.ts";

export interface EngineOptions {
  readonly url?: string;
  readonly apiKey?: string;
}
export interface EngineAddress {
  readonly url: string;
  readonly apiKey?: string;
}

const PORT = 8700;
const CERTIFICATE =
  "its certificate has to be for that name, which --url changes, and from somebody whom Node trusts: " +
  "NODE_EXTRA_CA_CERTS names a file with others";
const UNAUTHORIZED = 401;
const KEY = "give one that it knows with --api-key or STRATEGY_ENGINE_API_KEY";
/** HOST for all addresses of a machine. */
const EVERYWHERE = ["0.0.0.0", "::"];

export function withEngine(command: Command): Command {
  return command
    .addOption(
      new Option("-u, --url <url>", `where the engine is (default: this machine, at PORT, ${PORT})`).env(
        "STRATEGY_ENGINE_URL",
      ),
    )
    .addOption(new Option("--api-key <key>", "a key of the engine").env("STRATEGY_ENGINE_API_KEY"));
}

export function engineAt({ url, apiKey }: EngineOptions): Result<EngineAddress, string> {
  const key = apiKey === undefined ? {} : { apiKey };
  if (url === undefined) return ownEngine(key);
  const { protocol } = URL.canParse(url) ? new URL(url) : { protocol: "" };
  if (protocol === "http:" || protocol === "https:") return ok({ url, ...key });
  return failed(`${JSON.stringify(url)} is no address of an engine; it is written like http://127.0.0.1:${PORT}`);
}

function ownEngine(key: { readonly apiKey?: string }): Result<EngineAddress, string> {
  const loaded = loadConfig();
  if (!loaded.ok) return failed(`${loaded.failure}; or name the engine with --url`);
  const { host, port, tlsCert } = loaded.value.config;
  return ok({ url: ownAddress(host, port || PORT, tlsCert !== null), ...key });
}

export function ownAddress(host: string, port: number, tls: boolean): string {
  const own = EVERYWHERE.includes(host) ? "127.0.0.1" : host;
  const name = tls && isLoopback(own) ? "localhost" : own.includes(":") ? `[${own}]` : own;
  return `${tls ? "https" : "http"}://${name}:${port}`;
}

/** A connection that follows an engine was lost, or, where there was none before, could not be made. */
export function explainWaiting(url: string, before = true): string {
  const trusted = url.startsWith("https:") ? `; ${CERTIFICATE}` : "";
  if (before) return `the connection to ${url} is lost; trying again (Ctrl-C ends it)${trusted}`;
  const todo = "start one with strategy-engine serve, or name another with --url";
  return `no engine answers at ${url}; ${todo}; trying again (Ctrl-C ends it)${trusted}`;
}

/** One line, whatever the engine, or what stands in its place, has said. */
export function explained(failure: LiveFailure | RestFailure): string {
  return seen(explainFailure(failure));
}

/** Why following an engine ended, to who gave the address. */
export function explainEnd(failure: LiveFailure): string {
  if (failure.code === "refused" && failure.error === "auth_required") return `the engine wants a key; ${KEY}`;
  return failure.code === "unauthorized" ? `${explained(failure)}; ${KEY}` : explained(failure);
}

/** What a failed request means to who gave the address. */
export function explainAt(url: string, failure: RestFailure): string {
  if (failure.code === "unreachable" && /certificate|altnames/i.test(failure.message))
    return `the engine at ${url} cannot be trusted (${seen(failure.message)}); ${CERTIFICATE}`;
  if (failure.code === "unreachable")
    return `no engine answers at ${url} (${seen(failure.message)}); start one with strategy-engine serve, or name another with --url`;
  if (failure.code === "refused" && failure.status === UNAUTHORIZED) return `${explained(failure)}; ${KEY}`;
  return `${url}: ${explained(failure)}`;
}
