// From settings to a guard. What cannot be used stops the start with one sentence: a guard that silently knows fewer keys
// than its operator believes would be found out too late.
import { readFileSync } from "node:fs";
import { createLocalJWKSet } from "jose";
import { failed, ok } from "../../domain/result.ts";
import { KeyGuard, OPEN_GUARD } from "./guard.ts";
import { tokenVerifier } from "./tokens.ts";
import type { JSONWebKeySet } from "jose";
import type { Result } from "../../domain/result.ts";
import type { Guard } from "./guard.ts";

export interface GuardSettings {
  /** As in API_KEYS. */
  readonly apiKeys: readonly string[];
  readonly jwtSecret: string | null;
  readonly jwtJwksFile: string | null;
  readonly jwtIssuer: string | null;
  readonly jwtAudience: string | null;
  readonly jwtRoleClaim: string;
}

export function loadGuard(settings: GuardSettings, nowMs: () => number): Result<Guard, string> {
  const { apiKeys, jwtSecret: secret, jwtJwksFile: file } = settings;
  if (secret === null && file === null) return ok(apiKeys.length === 0 ? OPEN_GUARD : KeyGuard.of(apiKeys));
  const jwks = file === null ? ok(null) : readKeySet(file);
  if (!jwks.ok) return jwks;
  const { jwtIssuer: issuer, jwtAudience: audience, jwtRoleClaim: roleClaim } = settings;
  const rules = { secret, jwks: jwks.value, issuer, audience, roleClaim };
  return ok(KeyGuard.of(apiKeys, tokenVerifier(rules, nowMs)));
}

function readKeySet(file: string): Result<JSONWebKeySet, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, "utf8"));
    createLocalJWKSet(parsed as JSONWebKeySet);
  } catch (error) {
    return failed(`JWT_JWKS_FILE ${file} cannot be used (${error instanceof Error ? error.message : String(error)})`);
  }
  const set = parsed as JSONWebKeySet;
  return set.keys.length > 0 ? ok(set) : failed(`JWT_JWKS_FILE ${file} holds no key; every token would be refused`);
}
