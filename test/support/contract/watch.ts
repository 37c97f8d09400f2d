// Runs before every file of integration tests: whatever a test fetches from a server of ours must be what its endpoint
// declares. Tests that make the engine fail on purpose get their 500; its body is judged all the same.
import { endpointOf, FAULT, wrongWith } from "./judge.ts";

const plain = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const response = await plain(input, init);
  const request = new Request(
    input,
    init === undefined ? {} : { method: init.method ?? "GET", headers: init.headers ?? {} },
  );
  if (request.method === "HEAD" || !response.headers.has("X-Request-Id")) return response;
  const text = await response.clone().text();
  const endpoint = endpointOf(request.method, new URL(request.url).pathname);
  const wrong = wrongWith(endpoint, response.status, response.headers.get("Content-Type") ?? "", text);
  const unexpected = wrong.filter((what) => !what.includes(FAULT));
  if (unexpected.length > 0) throw new Error(unexpected.join("\n"));
  return response;
};
