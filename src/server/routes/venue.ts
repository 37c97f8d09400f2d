// Live trading: /venue. Comparing, and an operator's word that the venue is right.
import { ok } from "../../domain/result.ts";
import type { Manage, VenueState } from "../../manage/manage.ts";
import { getVenue, reconcileVenue } from "../contract/venue.ts";
import type { Router } from "../router.ts";
import { isoTime } from "../times.ts";

export function venueRoutes(router: Router, { venue }: Manage): void {
  router.route(getVenue, () => ok(viewOf(venue.status())));
  router.route(reconcileVenue, async ({ body, head }) => {
    const reconciled = await venue.reconcile(head.caller.id, body.accept === "venue");
    return reconciled.ok ? ok(viewOf(reconciled.value)) : reconciled;
  });
}

function viewOf({ state, venue, reason, disputes, openOrders, reconciledAt, ignoredUpdates }: VenueState) {
  return {
    state,
    venue,
    reason,
    disputes,
    open_orders: openOrders,
    reconciled_at: reconciledAt === null ? null : isoTime(reconciledAt),
    ignored_updates: ignoredUpdates,
  };
}
