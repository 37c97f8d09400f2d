// A real server on a free port, closed when the test ends.
import { onTestFinished } from "vitest";
import { Live } from "../../../src/server/live/live.ts";
import { Server } from "../../../src/server/server.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { fillPort } from "./engine.ts";
import type { Engine } from "../../../src/server/engine.ts";
import type { LiveOptions } from "../../../src/server/live/live.ts";
import type { ServerOptions } from "../../../src/server/server.ts";
import type { PortFiller } from "./engine.ts";

export interface Running {
  readonly server: Server;
  readonly live: Live;
  readonly engine: PortFiller;
  readonly port: number;
  readonly http: string;
  readonly ws: string;
}

export interface Changes {
  readonly engine?: Partial<Engine>;
  readonly live?: Partial<LiveOptions>;
  readonly server?: Partial<ServerOptions>;
}

export function startServer(changes: Changes = {}): Running {
  const engine = fillPort(changes.engine);
  const live = new Live({ bufferBytes: 1 << 20, slowMs: 10_000, maxConnections: 2_000, ...changes.live });
  const options = { host: "127.0.0.1", port: 0, compatPort: 0, corsOrigin: "*", log: SILENT_LOG, ...changes.server };
  const server = Server.start(engine, live, options);
  if (!server.ok) throw new Error(`port ${server.failure.port} is taken`);
  onTestFinished(() => server.value.close());
  const port = server.value.ports[0] ?? 0;
  return {
    server: server.value,
    live,
    engine,
    port,
    http: `http://127.0.0.1:${port}`,
    ws: `ws://127.0.0.1:${port}/ws`,
  };
}
