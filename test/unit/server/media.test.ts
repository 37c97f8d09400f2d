import { expect, it } from "vitest";
import { prefersText } from "../../../src/server/media.ts";

const PROMETHEUS_2 =
  "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
const PROMETHEUS_3 =
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

it("gives text to those who name it and prefer it", () => {
  for (const accept of [
    "text/plain",
    "TEXT/PLAIN",
    "application/openmetrics-text",
    "text/plain, */*",
    "text/plain;q=0.9, application/json;q=0.8",
    "text/plain;version=0.0.4;q=1,*/*;q=0.1",
    PROMETHEUS_2,
    PROMETHEUS_3,
  ]) {
    expect([accept, prefersText(accept)]).toEqual([accept, true]);
  }
});

it("gives JSON to everybody else", () => {
  for (const accept of [
    "",
    "*/*",
    "application/json",
    "text/html,application/xhtml+xml,*/*;q=0.8",
    "text/*",
    "application/json, text/plain, */*",
    "text/plain;q=0.5, application/json;q=0.9",
    "text/plain;q=0",
    "text/plain;q=0.1, */*;q=0.8",
    "text/plain;q=x",
    ",,;q=1,;",
  ]) {
    expect([accept, prefersText(accept)]).toEqual([accept, false]);
  }
});
