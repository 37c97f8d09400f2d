// HTTPS and wss with a certificate made here, and the starts that bad files stop.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { checkTls } from "../../../src/server/guards/tls.ts";
import { CLI, EngineProcess } from "../../support/engine-process.ts";
import { rawConnection } from "../../support/server/raw.ts";
import { startServer } from "../../support/server/start.ts";

let folder = "";
const file = (name: string): string => join(folder, name);

/** A self-signed certificate and its key, `name`.crt and `name`.key; `days` may be negative. */
function makeCertificate(name: string, days: number): void {
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", file(`${name}.key`)];
  const args = ["req", "-x509", ...key, "-out", file(`${name}.crt`), "-days", String(days), ...subject];
  execFileSync("openssl", args, { stdio: "pipe" });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tls-"));
  makeCertificate("good", 30);
  makeCertificate("other", 30);
  writeFileSync(file("garbage"), "this is no PEM");
});
afterAll(() => rmSync(folder, { recursive: true }));

function files(cert: string, key: string): { certFile: string; keyFile: string } {
  return { certFile: file(cert), keyFile: file(key) };
}

function fetchSecurely(url: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    get(url, { ca: readFileSync(file("good.crt")), agent: false }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    }).on("error", reject);
  });
}

describe("with a certificate", () => {
  it("speaks HTTPS and wss, to clients that check it", async () => {
    const { port } = startServer({ server: { tls: files("good.crt", "good.key") } });
    const answer = await fetchSecurely(`https://localhost:${port}/health`);
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining("healthy") as string });
    const socket = new WebSocket(`wss://localhost:${port}/ws`, { ca: readFileSync(file("good.crt")) });
    const welcome = await new Promise((resolve, reject) => {
      socket.on("message", (data) => resolve(JSON.parse((data as Buffer).toString())));
      socket.on("error", reject);
    });
    expect(welcome).toMatchObject({ type: "welcome" });
    socket.terminate();
  });

  it("sends a large answer whole", async () => {
    const text = Array.from({ length: 1_000_000 }, (_, index) => `${index}`.padStart(15)).join("\n");
    const { port } = startServer({
      server: { tls: files("good.crt", "good.key") },
      engine: { metricsText: () => Promise.resolve(text) },
    });
    const { status, body } = await fetchSecurely(`https://localhost:${port}/metrics/prometheus`);
    expect([status, body === text]).toEqual([200, true]);
  });

  it("does not speak without it, and a client that tries disturbs nobody", async () => {
    const { port } = startServer({ server: { tls: files("good.crt", "good.key") } });
    const plain = await rawConnection(port);
    plain.socket.write("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await plain.closed).not.toContain("healthy");
    expect((await fetchSecurely(`https://localhost:${port}/health`)).status).toBe(200);
  });

  it("serves both ports of a whole engine and says so", async () => {
    const env = { TLS_CERT: file("good.crt"), TLS_KEY: file("good.key"), DATA_DIR: "" };
    const engine = await EngineProcess.start(env);
    try {
      expect((await fetchSecurely(`https://localhost:${engine.port}/health`)).status).toBe(200);
      expect(engine.stderr.join("")).toContain("wss://");
    } finally {
      await engine.stop();
    }
  });
});

describe("files that cannot be used", () => {
  it("are named with what is wrong", () => {
    const now = Date.now(); // behind the second from which they are valid
    expect(checkTls(files("good.crt", "good.key"), now).ok).toBe(true);
    const fault = (cert: string, key: string, at = now): string => {
      const checked = checkTls(files(cert, key), at);
      return checked.ok ? "" : checked.failure;
    };
    expect(fault("missing.crt", "good.key")).toMatch(/^TLS_CERT .*missing.crt cannot be used/);
    expect(fault("good.crt", "missing.key")).toMatch(/^TLS_KEY .*missing.key cannot be used/);
    expect(fault("garbage", "good.key")).toMatch(/^TLS_CERT .*garbage cannot be used/);
    expect(fault("good.crt", "garbage")).toMatch(/^TLS_KEY .*garbage cannot be used/);
    expect(fault("good.crt", "other.key")).toMatch(/^TLS_KEY .* does not belong to the certificate/);
    expect(fault("good.crt", "good.key", now + 31 * 86_400_000)).toMatch(/^TLS_CERT .* ended on .*; renew it$/);
    expect(fault("good.crt", "good.key", now - 86_400_000)).toMatch(/^TLS_CERT .* is valid only from /);
  });

  it("stop the start with one line", () => {
    const env = { TLS_CERT: file("good.crt"), TLS_KEY: file("other.key"), DATA_DIR: "", PORT: "0", COMPAT_PORT: "0" };
    const { status, stderr } = spawnSync(process.execPath, [CLI, "serve"], { env, encoding: "utf8", timeout: 120_000 });
    expect(status).toBe(1);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toContain("does not belong to the certificate");
  });
});
