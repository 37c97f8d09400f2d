// JSON Web Tokens as credentials: HS256 by a secret, or an asymmetric algorithm by the public keys of a JWKS file. A
// token must name its subject and its end, be meant for this audience and come from this issuer where those are set, and
// carry a role: a claim that is, or lists, "read" or "write". `alg: none` and a public key used as an HS256 secret cannot
// pass, because each kind of key takes only its own algorithms.
// Verdicts on good tokens are kept until they end, at most KEPT_MAX of them, so that the next request is answered at once.
import { createHash } from "node:crypto";
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import type { JSONWebKeySet, JWTPayload, JWTVerifyOptions } from "jose";
import type { Caller, Role, Verify } from "./guard.ts";

const KEPT_MAX = 1_024;
const TOKEN_LENGTH_MAX = 8_192;
const ASYMMETRIC: readonly string[] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
const FORM = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
const ID_DIGITS = 12;

export interface TokenRules {
  readonly secret: string | null;
  readonly jwks: JSONWebKeySet | null;
  readonly issuer: string | null;
  readonly audience: string | null;
  readonly roleClaim: string;
}

interface Kept {
  readonly caller: Caller;
  readonly untilMs: number;
}

/** `nowMs` is wall time, which is what tokens are written in. */
export function tokenVerifier(rules: TokenRules, nowMs: () => number): Verify {
  const kept = new Map<string, Kept>();
  const check = checker(rules, nowMs);
  return (token) => {
    if (token.length > TOKEN_LENGTH_MAX || !FORM.test(token)) return null;
    const name = createHash("sha256").update(token).digest("base64");
    const known = kept.get(name);
    if (known !== undefined && known.untilMs > nowMs()) return known.caller;
    kept.delete(name);
    return check(token).then((verdict) => {
      if (verdict === null) return null;
      const oldest = kept.size < KEPT_MAX ? undefined : kept.keys().next();
      if (oldest?.done === false) kept.delete(oldest.value);
      kept.set(name, verdict);
      return verdict.caller;
    });
  };
}

function checker(rules: TokenRules, nowMs: () => number): (token: string) => Promise<Kept | null> {
  const { issuer, audience, roleClaim } = rules;
  const secret = rules.secret === null ? null : new TextEncoder().encode(rules.secret);
  const publicKeys = rules.jwks === null ? null : createLocalJWKSet(rules.jwks);
  const demands = {
    requiredClaims: ["exp", "sub"],
    ...(issuer === null ? {} : { issuer }),
    ...(audience === null ? {} : { audience }),
  };
  return async (token) => {
    const options: JWTVerifyOptions = { ...demands, currentDate: new Date(nowMs()) };
    try {
      if (decodeProtectedHeader(token).alg === "HS256") {
        if (secret === null) return null;
        return judge((await jwtVerify(token, secret, { ...options, algorithms: ["HS256"] })).payload, roleClaim);
      }
      if (publicKeys === null) return null;
      return judge(
        (await jwtVerify(token, publicKeys, { ...options, algorithms: [...ASYMMETRIC] })).payload,
        roleClaim,
      );
    } catch {
      return null; // the library throws for every token that is not good; why is not the sender's business
    }
  };
}

function judge(payload: JWTPayload, roleClaim: string): Kept | null {
  const role = roleOf(payload[roleClaim]);
  if (role === null || payload.sub === undefined || payload.sub === "" || payload.exp === undefined) return null;
  const subject = createHash("sha256")
    .update(JSON.stringify([payload.iss, payload.sub]))
    .digest("hex");
  const untilMs = payload.exp * 1_000;
  return { caller: { id: `sub_${subject.slice(0, ID_DIGITS)}`, role, untilMs }, untilMs };
}

/** "write", "read write" or ["read"]: the highest that is named. */
function roleOf(claim: unknown): Role | null {
  const names: readonly unknown[] = typeof claim === "string" ? claim.split(" ") : Array.isArray(claim) ? claim : [];
  if (names.includes("write")) return "write";
  return names.includes("read") ? "read" : null;
}
