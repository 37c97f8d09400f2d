// The door of the venue's room: orders that leave the engine for a real venue. Nothing does by default; see open-venue.ts
// for what has to be set, and docs/live-trading.md for what that means.
export { Gateway, type GatewayStatus, type OrderToPlace } from "./gateway.ts";
export type { LiveVenue, VenueFill, VenueOrder, VenueOrderState, VenuePosition, VenueUpdate } from "./port.ts";
export { openVenue, type VenueSettings } from "./open-venue.ts";
export { RedisVenue } from "./redis-venue.ts";
export { VenueDesk, type VenueState } from "./venue-desk.ts";
