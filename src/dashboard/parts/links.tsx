// Links to what has an id. A strategy as people know it: by its name, with the id beside it, for names need not be unique.
import { isBlank } from "../../domain/seen.ts";
import { words } from "../format.ts";
import { href } from "../route.ts";
import { Said } from "./said.tsx";

/** To what a row is about. */
export function RowLink({ page, id }: { readonly page: Parameters<typeof href>[0]; readonly id: string }) {
  return (
    <a class="id" href={href(page, id)}>
      {id}
    </a>
  );
}

interface SubjectProps {
  readonly of: {
    readonly strategy_id?: string | undefined;
    readonly strategy_name?: string | null | undefined;
    readonly strategy_type?: string | undefined;
  };
}

/** What a run is of: a strategy, or one of the 18 or a family of them. */
export function Subject({ of: { strategy_id: id, strategy_name: name, strategy_type: type } }: SubjectProps) {
  return id === undefined ? <>{words(type ?? "")}</> : <StrategyLink id={id} name={name} />;
}

interface StrategyLinkProps {
  readonly id: string;
  /** None: it has been deleted. One that nobody can see is none either. */
  readonly name: string | null | undefined;
}

export function StrategyLink({ id, name }: StrategyLinkProps) {
  if (typeof name !== "string" || isBlank(name)) return <RowLink page="strategies" id={id} />;
  return (
    <span class="named">
      <a href={href("strategies", id)} title={name}>
        <Said>{name}</Said>
      </a>{" "}
      <span class="small">{id}</span>
    </span>
  );
}
