// Whether a result is to be believed, in the engine's own words: the judgement, and each check with what was found and from
// where on it passes.
import { figure, share, words } from "../format.ts";
import { Empty, State } from "./panel.tsx";
import { Pairs } from "./pairs.tsx";
import { Said } from "./said.tsx";
import { Table } from "./table.tsx";

interface Check {
  readonly name: string;
  readonly status: string;
  readonly sentence: string;
  readonly figure?: number | null;
  readonly threshold?: number;
  readonly passes?: "at_least" | "at_most";
}

interface Told {
  readonly judgement?: string;
  readonly sentence?: string;
  readonly checks?: readonly Check[];
}

interface VerdictProps {
  /** Null: nobody has judged it. */
  readonly of: Readonly<Record<string, unknown>> | null;
  readonly none: string;
}

export function Verdict({ of, none }: VerdictProps) {
  if (of === null) return <Empty>{none}</Empty>;
  const { judgement, sentence, checks = [], ...rest } = of as Told & Readonly<Record<string, unknown>>;
  return (
    <>
      <p>
        {judgement === undefined ? null : <State of={judgement} />} <Said>{sentence}</Said>
      </p>
      <Table
        name="Checks"
        rows={checks}
        idOf={({ name }) => name}
        empty="No check was made."
        columns={[
          { head: "Check", cell: ({ name }) => words(name) },
          { head: "Verdict", cell: ({ status }) => <State of={status} /> },
          { head: "Found", number: true, cell: (check) => found(check.name, check.figure ?? null) },
          { head: "Passes at", number: true, cell: boundOf },
          { head: "Why", cell: ({ sentence: why }) => <Said>{why}</Said> },
        ]}
      />
      <Pairs of={rest} />
    </>
  );
}

function boundOf({ name, passes, threshold }: Check): string {
  return threshold === undefined ? "" : `${passes === "at_most" ? "≤" : "≥"} ${found(name, threshold)}`;
}

/** Steps are counted, ratios of a year have two decimals, everything else is a share. */
function found(name: string, value: number | null): string {
  if (name === "track_record") return figure(value, 0);
  return name === "confidence" ? figure(value, 2) : share(value, 1);
}
