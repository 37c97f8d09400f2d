// A value over two parameters as a table of shades: each cell says its number, so that the shade is never all there is.
// Where several results fall into a cell, the best is shown.
import { figure, words } from "../format.ts";
import { Said } from "./said.tsx";

interface Cell {
  readonly across: unknown;
  readonly down: unknown;
  readonly value: number;
}

interface HeatMapProps {
  readonly across: string;
  readonly down: string;
  readonly cells: readonly Cell[];
}

const STEPS = 6;

export function HeatMap({ across, down, cells }: HeatMapProps) {
  const columns = distinct(cells.map((cell) => cell.across));
  const rows = distinct(cells.map((cell) => cell.down));
  const best = new Map<string, number>();
  for (const cell of cells) {
    const key = keyOf(cell.across, cell.down);
    best.set(key, Math.max(best.get(key) ?? -Infinity, cell.value));
  }
  const values = [...best.values()];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const step = (value: number): number => (most > least ? Math.round(((value - least) / (most - least)) * STEPS) : 0);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`${words(down)} by ${words(across)}`}>
      <table class="heat">
        <thead>
          <tr>
            <th scope="col">
              <Said>{words(down)}</Said> \ <Said>{words(across)}</Said>
            </th>
            {columns.map((column) => (
              <th key={String(column)} scope="col" class="number">
                {String(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={String(row)}>
              <th scope="row">{String(row)}</th>
              {columns.map((column) => {
                const value = best.get(keyOf(column, row));
                return (
                  <td key={String(column)} class={value === undefined ? "number" : `number heat-${step(value)}`}>
                    {figure(value, 2)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function keyOf(across: unknown, down: unknown): string {
  return JSON.stringify([across, down]);
}

function distinct(values: readonly unknown[]): readonly unknown[] {
  return [...new Set(values)].sort((a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)),
  );
}
