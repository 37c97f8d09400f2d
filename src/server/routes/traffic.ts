// How versions share the symbols of a strategy: /strategies/{id}/traffic.
import type { Failure } from "../../domain/failure.ts";
import { failed, ok } from "../../domain/result.ts";
import { type Manage, unknownStrategy } from "../../manage/manage.ts";
import { getTraffic, putTraffic } from "../contract/traffic.ts";
import type { Router } from "../router.ts";

export function trafficRoutes(router: Router, { registry, traffic }: Manage): void {
  const unknown = ({ strategy_id: id }: { readonly strategy_id: string }): Failure | null =>
    registry.get(id) === null ? unknownStrategy(id) : null;
  router.route(
    getTraffic,
    ({ params: { strategy_id: id } }) => {
      const versions = traffic.get(id);
      return versions === null ? failed(unknownStrategy(id)) : ok({ strategy_id: id, versions });
    },
    unknown,
  );
  router.route(
    putTraffic,
    async ({ params: { strategy_id: id }, body, head }) => {
      const put = await traffic.put(id, body.versions, head.caller.id);
      return put.ok ? ok({ strategy_id: id, versions: put.value }) : put;
    },
    unknown,
  );
}
