// A query as a thread of the store answers it: its rows, or what the database says against it.
import { faultOf, type Statement } from "./commits.ts";
import type { SqlDriver } from "./driver.ts";
import type { Found } from "./messages.ts";

export function find(driver: SqlDriver, { sql, params }: Statement): Found {
  try {
    return { rows: driver.all(sql, params) };
  } catch (error) {
    return { fault: faultOf(error) };
  }
}
