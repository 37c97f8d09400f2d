// Names and values of an object, for what has no layout of its own.
import { figure, words } from "../format.ts";
import { Empty } from "./panel.tsx";

interface PairsProps {
  readonly of: Readonly<Record<string, unknown>>;
  readonly empty?: string;
  readonly digits?: number;
}

export function Pairs({ of, empty = "Nothing.", digits = 4 }: PairsProps) {
  const entries = Object.entries(of).flatMap(([name, value]) => flat(name, value));
  if (entries.length === 0) return <Empty>{empty}</Empty>;
  return (
    <dl class="pairs">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{words(name)}</dt>
          <dd>{told(value, digits)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** An object inside is told field by field. */
function flat(name: string, value: unknown): readonly (readonly [string, unknown])[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[name, value]];
  const inside = Object.entries(value as Readonly<Record<string, unknown>>);
  return inside.length === 0 ? [[name, null]] : inside.map(([key, one]) => [`${name} ${key}`, one]);
}

function told(value: unknown, digits: number): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "object" ? JSON.stringify(value) : figure(value, digits);
}
