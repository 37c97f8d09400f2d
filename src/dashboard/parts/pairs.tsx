// Names and values of an object, for what has no layout of its own. Lists of records are tables that open.
import { seen } from "../../domain/seen.ts";
import { figure, shortly, words } from "../format.ts";
import { Empty } from "./panel.tsx";
import { Said } from "./said.tsx";
import { Table } from "./table.tsx";

type Named = Readonly<Record<string, unknown>>;
type Pair = readonly [name: string, value: unknown];

interface PairsProps {
  readonly of: Named;
  readonly empty?: string;
  readonly digits?: number;
}

/** Longer texts have a line of their own. */
const LONG = 48;

export function Pairs({ of, empty = "Nothing.", digits = 4 }: PairsProps) {
  const entries = Object.entries(of).flatMap(([name, value]) => flat(name, value));
  if (entries.length === 0) return <Empty>{empty}</Empty>;
  const pairs = entries
    .filter(([, value]) => !isRecords(value))
    .map(([name, value]) => [name, told(value, digits)] as const);
  const short = pairs.filter(([, text]) => text.length <= LONG);
  const long = pairs.filter(([, text]) => text.length > LONG);
  return (
    <>
      <dl class="pairs">
        {[...short, ...long].map(([name, text]) => (
          <div key={name} class={text.length > LONG ? "long" : undefined}>
            <dt>
              <Said>{words(name)}</Said>
            </dt>
            <dd>
              <Said>{text}</Said>
            </dd>
          </div>
        ))}
      </dl>
      {entries.map(([name, value]) => (isRecords(value) ? <Records key={name} name={name} of={value} /> : null))}
    </>
  );
}

interface Row {
  readonly id: string;
  readonly record: Named;
}

function Records({ name, of }: { readonly name: string; readonly of: readonly Named[] }) {
  const rows: readonly Row[] = of.map((record, index) => ({
    id: String(index),
    record: Object.fromEntries(Object.entries(record).flatMap(([key, value]) => flat(key, value))),
  }));
  const heads = [...new Set(rows.flatMap(({ record }) => Object.keys(record)))];
  return (
    <details>
      <summary>
        <Said>{words(name)}</Said> ({of.length})
      </summary>
      <Table
        name={words(name)}
        rows={rows}
        idOf={({ id }) => id}
        empty="None."
        columns={heads.map((head) => ({
          head: seen(words(head)),
          cell: ({ record }: Row) => <Said>{told(record[head], 4)}</Said>,
        }))}
      />
    </details>
  );
}

/** An object inside is told field by field. */
function flat(name: string, value: unknown): readonly Pair[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[name, value]];
  const inside = Object.entries(value as Named);
  return inside.length === 0 ? [[name, null]] : inside.map(([key, one]) => [`${name} ${key}`, one]);
}

function isRecords(value: unknown): value is readonly Named[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "object" && one !== null);
}

function told(value: unknown, digits: number): string {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return "–";
  if (Array.isArray(value) && value.every((one) => typeof one !== "object"))
    return value.map((one) => figure(one, digits)).join(", ");
  return typeof value === "object" ? shortly(value) : figure(value, digits);
}
