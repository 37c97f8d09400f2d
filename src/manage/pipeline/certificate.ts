// The parity certificate of a deployment by the names of the API: whether the version did on the live path what the path of
// backtests gives on the same events. One that does not agree stops nothing: it is shown, logged and raises an alert,
// because then every figure of its backtest is about another strategy than the one that runs.
import type { Result } from "../../domain/result.ts";
import type { TapeCertificate } from "../../research/research.ts";
import type { JsonObject } from "../../store/strategies.ts";

export interface Certified {
  /** Of a soak on live events; false: of a day on a simulated clock. */
  readonly live: boolean;
  readonly certificate: TapeCertificate;
}

export interface CertificateView {
  /** Null: it could not be made. */
  readonly agrees: boolean | null;
  readonly fields: JsonObject;
  /** For people. */
  readonly said: string;
}

export function viewOf(made: Result<Certified, string>): CertificateView {
  if (!made.ok) {
    const fields = { agrees: null, error: made.failure };
    return { agrees: null, fields, said: `no parity certificate: ${made.failure}` };
  }
  const { live, certificate } = made.value;
  const { differing, differences, events, decisions, fills } = certificate;
  const seen = `${events} ${live ? "live" : "simulated"} events`;
  const over = `${seen}, ${decisions} decisions and ${fills} fills`;
  const [first] = differences;
  const silent = decisions === 0 && fills === 0 && differing === 0;
  const agrees = silent ? null : certificate.agrees;
  const nothing = `nothing was decided in ${seen}: there is nothing to compare`;
  const fields = {
    agrees,
    ...(silent ? { error: nothing } : {}),
    source: live ? "live" : "simulated",
    events,
    decisions,
    fills,
    ...(live ? { first_sequence: certificate.firstSequence, last_sequence: certificate.lastSequence } : {}),
    events_hash: certificate.eventsHash,
    live_hash: certificate.liveHash,
    backtest_hash: certificate.backtestHash,
    whole: certificate.whole,
    unkept: certificate.unkept,
    differing,
    differences: differences.map(({ cause }) => cause),
  };
  if (silent) return { agrees, fields, said: `no parity certificate: ${nothing}` };
  if (agrees === true) return { agrees, fields, said: `live and backtest agree over ${over}` };
  return { agrees, fields, said: `live and backtest differ ${differing} times over ${over}; ${first?.cause ?? ""}` };
}
