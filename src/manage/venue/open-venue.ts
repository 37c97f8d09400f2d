// Which venue orders leave for. None by default: LIVE_TRADING=true and VENUE have to be set, and what VENUE names has to
// be there. Keys come from the configuration and are in no message.
import type { Bus } from "../../bus/bus.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { listsOfOver, type LoadModule, openExchange } from "./ccxt.ts";
import { CcxtVenue } from "./ccxt-venue.ts";
import type { LiveVenue } from "./port.ts";
import { RedisVenue } from "./redis-venue.ts";

export interface VenueSettings {
  readonly liveTrading: boolean;
  /** "redis" or "ccxt:" and an exchange; null: none. */
  readonly venue: string | null;
  readonly venueCurrency: string;
  readonly venueSandbox: boolean;
  readonly venueApiKey: string | null;
  readonly venueApiSecret: string | null;
  readonly venueApiPassword: string | null;
}

export interface VenueParts {
  readonly bus: Bus;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly load?: LoadModule;
}

/** Null: everything stays on paper. A failure is for who starts the engine. */
export async function openVenue(
  settings: VenueSettings,
  { bus, now, load }: VenueParts,
): Promise<Result<LiveVenue | null, string>> {
  const { liveTrading, venue, venueApiKey: apiKey, venueApiSecret: secret, venueApiPassword: password } = settings;
  if (!liveTrading || venue === null) return ok(null);
  if (venue === "redis") {
    if (bus.kind !== "redis") return failed("VENUE=redis needs a Redis, and there is none; set REDIS_URL");
    return ok(new RedisVenue({ bus, now, session: `${now()}` }));
  }
  const exchangeId = venue.slice(venue.indexOf(":") + 1);
  if (apiKey === null || secret === null) return failed(`VENUE=${venue} needs VENUE_API_KEY and VENUE_API_SECRET`);
  const exchange = await openExchange(exchangeId, { apiKey, secret, password }, settings.venueSandbox, load);
  if (!exchange.ok) return exchange;
  if (listsOfOver(exchange.value).length === 0)
    return failed(`${exchangeId} cannot be asked for orders that are over, so it cannot be used`);
  const name = `${venue}${settings.venueSandbox ? " (test market)" : ""}`;
  return ok(new CcxtVenue({ name, exchange: exchange.value, currency: settings.venueCurrency }));
}
