// Which element of the document shows which record, for tables whose records come and go by the hundred: an element whose
// record is gone shows a new one, because making and removing elements is what costs. A record keeps its element as long
// as it is shown. Only for rows that hold nothing of their own, as an open question. Pure.

/** Elements by the ids of their records. */
export type RowKeys = ReadonlyMap<string, number>;

export function rowKeys(before: RowKeys, ids: readonly string[]): RowKeys {
  const shown = new Set(ids);
  const free: number[] = [];
  let next = 0;
  for (const [id, key] of before) {
    next = Math.max(next, key + 1);
    if (!shown.has(id)) free.push(key);
  }
  let given = 0;
  return new Map([...shown].map((id) => [id, before.get(id) ?? free[given++] ?? next++]));
}
