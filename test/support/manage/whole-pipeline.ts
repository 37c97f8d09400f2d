// A pipeline with what its stages found, which of one that has ended lies in the store.
import type { Manage } from "../../../src/manage/manage.ts";
import type { PipelineRecord } from "../../../src/store/pipelines.ts";

export async function wholePipeline(
  { pipelines }: Pick<Manage, "pipelines">,
  pipelineId: string,
): Promise<PipelineRecord> {
  const head = pipelines.get(pipelineId);
  const read = await pipelines.read(head === null ? [] : [head]);
  const [record] = read.ok ? read.value : [];
  if (record === undefined) throw new Error(`there is no pipeline ${pipelineId}, or it cannot be read`);
  return record;
}
