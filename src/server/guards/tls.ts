// The certificate and key of the HTTPS door, looked at before the library gets them: the library would only say that it
// cannot listen. Good files are those of now; a certificate that ends while the engine runs is the business of whoever
// renews it, and takes a restart.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { failed, ok } from "../../domain/result.ts";
import type { Result } from "../../domain/result.ts";

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** The files if they fit each other and the day; else one sentence that says what is wrong and with which setting. */
export function checkTls({ certFile, keyFile }: TlsFiles, nowMs: number): Result<TlsFiles, string> {
  const cert = parse("TLS_CERT", certFile, (pem) => new X509Certificate(pem));
  if (!cert.ok) return cert;
  const key = parse("TLS_KEY", keyFile, (pem) => createPrivateKey(pem));
  if (!key.ok) return key;
  const { validFrom, validTo } = cert.value;
  if (Date.parse(validTo) <= nowMs) return failed(`TLS_CERT ${certFile} ended on ${validTo}; renew it`);
  if (Date.parse(validFrom) > nowMs) return failed(`TLS_CERT ${certFile} is valid only from ${validFrom}`);
  if (cert.value.checkPrivateKey(key.value)) return ok({ certFile, keyFile });
  return failed(`TLS_KEY ${keyFile} does not belong to the certificate TLS_CERT ${certFile}; they come as a pair`);
}

function parse<T>(setting: string, file: string, read: (pem: Buffer) => T): Result<T, string> {
  try {
    return ok(read(readFileSync(file)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failed(`${setting} ${file} cannot be used (${reason}); it must be a PEM file without a password`);
  }
}
