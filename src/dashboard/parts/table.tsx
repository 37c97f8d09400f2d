// A table of records: columns say how a cell is read, a row may open something. On a narrow screen each cell bears the
// name of its column instead of a heading. However many records there are, few are drawn.
import { Component, type ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { type RowKeys, rowKeys } from "../row-keys.ts";
import { Empty, Unknown } from "./panel.tsx";

export interface Column<T> {
  readonly head: string;
  readonly cell: (row: T) => ComponentChildren;
  /** Right-aligned, in figures of one width. */
  readonly number?: boolean;
}

/** Rows that are drawn at first, and as many more each time; on a phone each is a card, and one scrolls the page. */
const STEP = matchMedia("(max-width: 44rem)").matches ? 12 : 50;

interface TableProps<T> {
  readonly name: string;
  /** Null: nobody knows them yet, so that there are none cannot be said. */
  readonly rows: readonly T[] | null;
  readonly columns: readonly Column<T>[];
  readonly idOf: (row: T) => string;
  readonly empty: ComponentChildren;
  readonly chosen?: string | null;
  /** Records come by the hundred: what showed one that is gone shows a new one. Not where a cell holds something, as a question. */
  readonly passing?: boolean;
}

export function Table<T>({ name, rows, columns, idOf, empty, chosen = null, passing = false }: TableProps<T>) {
  const [most, show] = useState(STEP);
  const keys = useRef<RowKeys>(new Map());
  if (rows === null) return <Unknown />;
  if (rows.length === 0) return <Empty>{empty}</Empty>;
  const drawn = rows.slice(0, most);
  if (passing) keys.current = rowKeys(keys.current, drawn.map(idOf));
  const keyOf = (row: T): string | number => keys.current.get(idOf(row)) ?? idOf(row);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={name}>
      <table>
        <thead>
          <tr>
            {columns.map(({ head, number }) => (
              <th key={head} scope="col" class={number === true ? "number" : undefined}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {drawn.map((row) => (
            <Row
              key={keyOf(row)}
              row={row}
              columns={columns as readonly Column<unknown>[]}
              here={chosen === idOf(row)}
            />
          ))}
        </tbody>
      </table>
      {rows.length <= most ? null : (
        <p class="more">
          {most} of {rows.length}{" "}
          <button type="button" onClick={() => show(most + STEP)}>
            Show more
          </button>
        </p>
      )}
    </div>
  );
}

interface RowProps {
  readonly row: unknown;
  readonly columns: readonly Column<unknown>[];
  readonly here: boolean;
}

/** Drawn once for each record, and again where its columns are made anew. */
class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { row, columns, here } = this.props;
    return row !== next.row || columns !== next.columns || here !== next.here;
  }

  override render({ row, columns, here }: RowProps) {
    return (
      <tr aria-current={here ? "true" : undefined}>
        {columns.map(({ head, cell, number }) => (
          <td key={head} data-head={head} class={number === true ? "number" : undefined}>
            {cell(row)}
          </td>
        ))}
      </tr>
    );
  }
}
