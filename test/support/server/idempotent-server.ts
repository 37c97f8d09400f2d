// A server that a test kills: node idempotent-server.js FILE. Each POST of market data adds a row that holds its body to
// the store in FILE; the port goes to stdout.
import { randomUUID } from "node:crypto";
import { ok } from "../../../src/domain/result.ts";
import { AnswerBook, Live, Server } from "../../../src/server/server.ts";
import { openStore } from "../../../src/store/store.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { fillPort } from "./engine.ts";

const store = await openStore({ file: process.argv[2] ?? "", log: SILENT_LOG });
if (!store.ok) throw new Error(store.failure);
const book = new AnswerBook(store.value, () => Date.now(), SILENT_LOG);
const INSERT = "INSERT INTO config (component, value, updated_at) VALUES (?, ?, 1)";
const engine = fillPort({
  processMarketData: async (bytes) => {
    const params = [randomUUID(), Buffer.from(bytes).toString()];
    const stored = await book.marking.commit([{ sql: INSERT, params }]);
    const rest = { strategies_applied: 1, rejected: 0, errors: [], signals: [], processing_time_ms: Math.random() };
    return stored.ok ? ok({ processed: 1, ...rest }) : stored;
  },
});
const live = new Live({ bufferBytes: 1 << 20, slowMs: 10_000, maxConnections: 10 });
const options = { host: "127.0.0.1", port: 0, compatPort: 0, corsOrigin: "*", log: SILENT_LOG, book };
const server = Server.start(engine, live, options);
if (!server.ok) throw new Error("no free port");
process.stdout.write(`${server.value.ports[0]}\n`);
