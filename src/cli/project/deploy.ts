// `strategy-engine deploy FOLDER`: hands a strategy to a running engine and follows it through the engine's pipeline. A
// strategy of the same name gets a new version; otherwise it is created. Exit code 1 unless it is deployed, or waits for an
// approval.
import { setTimeout as sleep } from "node:timers/promises";
import { Command, Option } from "commander";
import { type RestFailure, RestClient, type ResponseOf } from "../../client/client.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { seen } from "../../domain/seen.ts";
import { engineAt, type EngineOptions, explained, withEngine } from "../engine-address.ts";
import { complain, print, Progress, styled } from "../text.ts";
import { type Project, readProject } from "./project.ts";
import { warnOfLimits, warnOfParameters } from "./unread.ts";

interface Options extends EngineOptions {
  readonly type: "direct" | "blue_green" | "canary" | "rolling";
  readonly approval?: true;
  /** The strategy that gets a new version. */
  readonly id?: string;
}
interface Stored {
  readonly id: string;
  /** What was done. */
  readonly text: string;
  /** It is in error, and was never deployed. */
  readonly failedBefore: boolean;
}
type Pipeline = ResponseOf<"getDeployment">;

/** Stages of a small strategy are quick; one that takes longer is asked after less often. */
const POLL_MS = 200;
const POLL_LATER_MS = 1_000;
const QUICK_MS = 3_000;
const LOST_MAX = 25;
const TOO_MANY = 429;
const NOT_AVAILABLE = 501;
/** The stage that knows what the code declares. */
const COMPILED = "syntax_check";

export function deployCommand(): Command {
  return withEngine(new Command("deploy"))
    .description("hand a strategy of yours to a running engine, through its pipeline")
    .argument("[folder]", "the project, or its file of code", ".")
    .addOption(
      new Option("-t, --type <type>", "how it comes into force")
        .choices(["direct", "blue_green", "canary", "rolling"])
        .default("direct"),
    )
    .option("--approval", "somebody has to approve it first")
    .option("--id <strategy>", "whose new version it is (default: the one of its name)")
    .addHelpText(
      "after",
      `
Examples:
  strategy-engine deploy ./my-strategy
  strategy-engine deploy ./my-strategy --type canary --url https://engine.example --api-key ...`,
    )
    .action(async (folder: string, options: Options) => {
      process.exitCode = await deploy(folder, options);
    });
}

async function deploy(folder: string, options: Options): Promise<number> {
  const project = readProject(folder);
  if (!project.ok) return refuse(project.failure);
  const engine = engineAt(options);
  if (!engine.ok) return refuse(engine.failure);
  const { type, approval } = options;
  const client = new RestClient(engine.value);
  warnOfLimits(project.value);
  const stored = await store(client, project.value, options.id ?? null);
  if (!stored.ok) return refuse(stored.failure);
  const { id, text, failedBefore } = stored.value;
  print(text);
  if (failedBefore) {
    const reset = await client.call("resetStrategy", { params: { strategy_id: id } });
    if (!reset.ok) return refuse(told(reset.failure));
    print(`${id}: its deployment before failed, and it was reset`);
  }
  const body = { deployment_type: type, ...(approval === undefined ? {} : { approval_required: approval }) };
  const begun = await client.call("deployStrategy", { params: { strategy_id: id }, body });
  if (!begun.ok) {
    const { failure } = begun;
    if (failure.code === "refused" && failure.status === NOT_AVAILABLE)
      return refuse(`this engine cannot deploy: ${seen(failure.message)}. The strategy is stored as ${id}`);
    return refuse(told(failure));
  }
  const { pipeline_id: pipelineId, stages } = begun.value;
  print(seen(`pipeline ${pipelineId}, ${type.replace("_", "-")}: ${stages.join(", ")}`));
  const ended = await follow(client, pipelineId);
  return ended.ok ? conclude(client, ended.value, engine.value.url) : refuse(ended.failure);
}

async function store(
  client: RestClient,
  { name, code, version, parameters, riskLimits, language }: Project,
  wanted: string | null,
): Promise<Result<Stored, string>> {
  const known = await knownAs(client, name, wanted);
  if (!known.ok) return known;
  const fields = { code, parameters, risk_limits: riskLimits };
  const same = known.value;
  if (same === null) {
    const made = await client.call("createStrategy", {
      body: { strategy_name: name, language, ...fields, ...(version === null ? {} : { version }) },
    });
    if (!made.ok) return failed(told(made.failure));
    const { strategy_id: id, version: first } = made.value;
    return ok({ id, text: seen(`created ${id}: ${name} ${first}`), failedBefore: false });
  }
  const { strategy_id: id, version: before } = same;
  const present = await client.call("getStrategy", { params: { strategy_id: id } });
  if (!present.ok) return failed(told(present.failure));
  if (present.value.kind !== "code")
    return failed(`${id} is built into the engine; code goes into a strategy of its own`);
  const dropped = namesBeyond(present.value.parameters, parameters);
  const body = { ...fields, parameters: { ...parameters, ...Object.fromEntries(dropped.map((key) => [key, null])) } };
  // The version of the settings is that of the first one; later ones are counted up by the engine.
  const updated = await client.call("updateStrategy", { params: { strategy_id: id }, body });
  if (!updated.ok) return failed(told(updated.failure));
  const now = updated.value.version;
  const change = now === before ? `${now}, as it was` : `${before} is now ${now}`;
  const lines = [seen(`${id}: ${name} ${change}`)];
  if (dropped.length > 0) lines.push(`parameters that the project no longer has are gone: ${seen(dropped.join(", "))}`);
  // Somebody else may have set them, to guard money: only who says so takes them away.
  const kept = namesBeyond(present.value.risk_limits, riskLimits);
  const how = `PUT /strategies/${id} with {"risk_limits":{"${seen(kept[0] ?? "")}":null}} removes one`;
  if (kept.length > 0) lines.push(`risk limits that only the engine has stay: ${seen(kept.join(", "))}; ${how}`);
  // Where one is deployed, the error is of what trades: that is for a person to look at.
  const failedBefore = present.value.status === "error" && present.value.deployed_version === null;
  return ok({ id, text: lines.join("\n"), failedBefore });
}

type Known = Pick<ResponseOf<"getStrategy">, "strategy_id" | "version">;

/** Null: there is none yet. Which of several is meant nobody can guess: one of them may be somebody else's. */
async function knownAs(client: RestClient, name: string, wanted: string | null): Promise<Result<Known | null, string>> {
  if (wanted !== null) {
    const one = await client.call("getStrategy", { params: { strategy_id: wanted } });
    return one.ok ? one : failed(told(one.failure));
  }
  const all = await client.call("listStrategies", { query: { q: name, limit: 500 } });
  if (!all.ok) return failed(told(all.failure));
  const same = all.value.strategies.filter((one) => one.strategy_name === name && one.kind === "code");
  if (same.length < 2) return ok(same[0] ?? null);
  const lines = same.map(
    ({ strategy_id: id, version, status, created_at: at }) => `  ${id}  ${version}, ${status}, made ${at}`,
  );
  return failed(
    [`${same.length} strategies are called ${seen(name)}; say with --id which one is meant:`, ...lines].join("\n"),
  );
}

function namesBeyond(stored: object, given: object): readonly string[] {
  return Object.keys(stored).filter((name) => !Object.hasOwn(given, name));
}

/** Prints each stage as it ends, until the pipeline has ended or waits for a person. */
async function follow(client: RestClient, pipelineId: string): Promise<Result<Pipeline, string>> {
  const shown = new Set<string>();
  const progress = new Progress();
  const began = performance.now();
  for (let lost = 0; lost <= LOST_MAX;) {
    const asked = await client.call("getDeployment", { params: { pipeline_id: pipelineId } });
    if (asked.ok) {
      lost = 0;
      const { status, stages_completed: done, total_stages: all, current_stage: stage } = asked.value;
      progress.clear();
      if (!shown.has(COMPILED)) warnOfUnused(asked.value);
      showStages(asked.value, shown);
      if (["completed", "failed", "awaiting_approval"].includes(status)) return ok(asked.value);
      progress.share(done / all, status === "queued" ? "waits for its turn" : done < all ? stage : "rollout");
    } else if (isFinal(asked.failure)) {
      progress.clear();
      return failed(told(asked.failure));
    } else if (!isTooMany(asked.failure)) lost++;
    await sleep(restMs(asked.ok ? null : asked.failure, performance.now() - began));
  }
  progress.clear();
  return failed(`the engine no longer answers; look at GET /deployments/${pipelineId}/status when it does`);
}

/** Before the next question: what the engine wants, where it was asked too often. */
export function restMs(failure: RestFailure | null, sinceMs: number): number {
  const usual = sinceMs < QUICK_MS ? POLL_MS : POLL_LATER_MS;
  if (failure?.code !== "refused" || !isTooMany(failure)) return usual;
  return Math.max(usual, 1_000 * (failure.retryAfter ?? 1));
}

/** The engine knows the answer, and it will be no other one. That somebody asks too often says nothing of the pipeline. */
export function isFinal(failure: RestFailure): boolean {
  return failure.code === "refused" && failure.status < 500 && !isTooMany(failure);
}

function isTooMany(failure: RestFailure): boolean {
  return failure.code === "refused" && failure.status === TOO_MANY;
}

/** The engine has compiled it, so it knows what the code takes. */
function warnOfUnused({ results }: Pipeline): void {
  const { parameters: names, unused_parameters: unused } = (results[COMPILED] ?? {}) as Partial<
    Record<string, unknown>
  >;
  if (Array.isArray(names) && Array.isArray(unused))
    warnOfParameters(
      Object.fromEntries(unused.map((name) => [String(name), null])),
      names.map((name) => [String(name)]),
    );
}

function showStages({ results }: Pipeline, shown: Set<string>): void {
  for (const [stage, { passed, duration_ms: ms, error, advisory, data_source: data }] of Object.entries(results)) {
    if (shown.has(stage)) continue;
    shown.add(stage);
    const mark = passed ? styled("green", "ok  ") : styled("red", "FAIL");
    const whose = data === "synthetic" ? "figures of a synthetic market" : "figures";
    const note = advisory === true ? `  (${whose}: shown, not judged)` : "";
    print(
      `${mark}  ${stage.padEnd(22)}  ${ms.toFixed(0)} ms${note}${error === undefined ? "" : `\n      ${seen(error)}`}`,
    );
  }
}

async function conclude(client: RestClient, ended: Pipeline, url: string): Promise<number> {
  const { status, error, version, pipeline_id: id, strategy_id: strategy } = ended;
  if (status === "completed") {
    const now = await client.call("getStrategy", { params: { strategy_id: strategy } });
    const runs = now.ok && now.value.active_executions > 0;
    const then = runs
      ? `its execution goes on with ${seen(version ?? "the new version")}`
      : `it trades from: curl -X POST ${below(url, `/strategies/${strategy}/start`)}`;
    print(`${styled("green", "deployed")}; ${then}`);
    return 0;
  }
  if (status === "awaiting_approval") {
    print(`it waits for approval: curl -X POST ${below(url, `/deployments/${id}/approve`)}`);
    return 0;
  }
  return refuse(`not deployed: ${seen(error ?? "no reason was given")}`);
}

/** A path of an engine that may itself lie at a path. */
function below(url: string, path: string): string {
  return new URL(url).href.replace(/\/$/, "") + path;
}

/** With every detail: the first line of broken code is rarely the only one. */
function told(failure: RestFailure): string {
  if (failure.code === "unreachable")
    return `${explained(failure)}; start one with strategy-engine serve, or name another with --url`;
  if (failure.code !== "refused" || failure.details.length < 2) return explained(failure);
  return [explained(failure), ...failure.details.map(({ field, issue }) => `  ${seen(field)}: ${seen(issue)}`)].join(
    "\n",
  );
}

function refuse(reason: string): number {
  complain(reason);
  return 1;
}
