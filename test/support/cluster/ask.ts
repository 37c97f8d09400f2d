// A request to a node's gateway. Not by fetch: answers to that are compared with what an engine declares, and a gateway
// has declarations of its own.
import { request } from "node:http";

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Undefined where it is no JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** `at`: a port of this machine, or where the gateway is. */
export function ask(
  at: number | { readonly host: string; readonly port: number },
  path: string,
  more: { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {},
): Promise<Answered> {
  const { method = "GET", headers = {}, body } = more;
  const { host, port } = typeof at === "number" ? { host: "127.0.0.1", port: at } : at;
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, path, method, headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => {
        const text = Buffer.concat(parts).toString();
        const json = text.startsWith("{") ? (JSON.parse(text) as Readonly<Record<string, unknown>>) : {};
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, body: json });
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}
