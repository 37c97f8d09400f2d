// What all `data` commands begin with: the history under DATA_DIR, and the dataset that somebody means.
import { loadConfig } from "../../config.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { openHistory, type Dataset, type History, type HistoryWriter } from "../../history/history.ts";
import { complain } from "../text.ts";

export interface Place {
  readonly config?: string;
}

export const CONFIG_OPTION = "JSON file with settings, as for serve; DATA_DIR says where history lies";

export function openCatalogue({ config }: Place): Result<History & HistoryWriter, string> {
  const loaded = loadConfig(config ?? null);
  if (!loaded.ok) return loaded;
  const { historyDir: dataDir } = loaded.value.config;
  return dataDir === null ? failed("DATA_DIR is empty, so there is no history; set it") : openHistory(dataDir);
}

/** By its id, or by a symbol that has one dataset only. */
export function datasetOf(history: History, name: string): Result<Dataset, string> {
  const datasets = history.list();
  const exact = datasets.find(({ id }) => id === name);
  if (exact) return ok(exact);
  const fitting = datasets.filter(({ symbol }) => symbol === name.toUpperCase());
  const [only] = fitting;
  if (only && fitting.length === 1) return ok(only);
  if (only)
    return failed(`${name} has ${fitting.length} datasets; name one: ${fitting.map(({ id }) => id).join(", ")}`);
  return failed(`there is no dataset ${name}; strategy-engine data list shows what there is`);
}

export function refuse(reason: string): number {
  complain(reason);
  return 1;
}
