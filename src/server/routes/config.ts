// Settings and feature flags at run time: /config, /feature-flags.
import type { Failure } from "../../domain/failure.ts";
import { failed, ok } from "../../domain/result.ts";
import type { Component, Flag, Manage } from "../../manage/manage.ts";
import * as contract from "../contract/config.ts";
import { pageOfChosen } from "../list-page.ts";
import { isoTime } from "../times.ts";
import type { AnswerOf } from "../contract/endpoint.ts";
import type { Router } from "../router.ts";

export function configRoutes(router: Router, { config, flags }: Manage): void {
  router.route(contract.getConfig, () => ok({ config: config.all() }));
  router.route(contract.getComponentConfig, ({ params: { component } }) => {
    const known = config.get(component);
    return known === null ? failed({ code: "not_found", kind: "component", id: component }) : ok(componentView(known));
  });
  router.route(contract.putComponentConfig, async ({ params, body, head }) => {
    const put = await config.put(params.component, body, head.caller.id);
    return put.ok ? ok(componentView(put.value)) : put;
  });

  router.route(contract.listFlags, ({ query }) => {
    const all = flags.all();
    const page = pageOfChosen(query, { all, shown: all, nameOf: ({ name }) => name });
    if (!page.ok) return page;
    const items = page.value.items.map(flagView);
    return ok({ feature_flags: items, count: items.length, next_cursor: page.value.nextCursor });
  });
  router.route(contract.putFlag, async ({ params: { name }, body, head }) => {
    const { enabled, rollout_percent: rolloutPercent, description, strategies } = body;
    const symbols = body.symbols?.map((symbol) => symbol.toUpperCase());
    const gated = {
      ...(strategies === undefined ? {} : { strategies }),
      ...(symbols === undefined ? {} : { symbols }),
    };
    const given = { name, enabled, rolloutPercent, description, ...gated };
    const put = await flags.put(given, head.caller.id);
    return put.ok ? ok(flagView(put.value)) : put;
  });
  const unknown = ({ name }: { readonly name: string }): Failure | null =>
    flags.has(name) ? null : { code: "not_found", kind: "flag", id: name };
  router.route(
    contract.deleteFlag,
    async ({ params: { name }, head }) => {
      const removed = await flags.remove(name, head.caller.id);
      return removed.ok ? ok({ status: "deleted" as const, name }) : removed;
    },
    unknown,
  );
}

function componentView({ component, value, updatedAt }: Component): AnswerOf<typeof contract.getComponentConfig> {
  return { component, value, updated_at: isoTime(updatedAt) };
}

function flagView(flag: Flag): AnswerOf<typeof contract.putFlag> {
  const { name, enabled, rolloutPercent, description, strategies, symbols, fromSequence, updatedAt } = flag;
  const gate = { strategies, symbols, from_sequence: fromSequence };
  return { name, enabled, rollout_percent: rolloutPercent, description, ...gate, updated_at: isoTime(updatedAt) };
}
