// What learning proposes and nobody has decided yet, and what was decided. An approved change is stored in one transaction
// with the decision. A proposal of another kind is carried out by whoever is registered for it, after the decision is
// durable; a process that ends in between finds it approved and not carried out, and asks once more, so carriers must
// know what they have done already. Main thread only; times are microseconds of the wall clock.
import { isDeepStrictEqual } from "node:util";
import { explain, type Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { forgetProposals, type ProposalRecord, proposalTable } from "../../store/learning.ts";
import type { Store } from "../../store/store.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Audit } from "../oversight/oversight.ts";
import { newId } from "../ids.ts";
import { Queues } from "../queues.ts";
import { type ChangeBook, FROZEN } from "./book.ts";
import type { LearningChange, LearningProposal } from "./learner.ts";
import { repeated } from "./rejections.ts";
import { type LearningValue, targetOf, whatOf, wordOf } from "./target.ts";

/** Carries an approved proposal out; what it gives is kept with it. Called again for one that was interrupted. */
export type Carrier = (proposal: ProposalRecord, actor: string) => Promise<Result<JsonObject, Failure>>;

export interface ProposalsOptions {
  readonly store: Store;
  readonly audit: Audit;
  readonly book: ChangeBook;
  readonly now: () => number;
  readonly log: Log;
}

const CHANGE = "change";
/** One for all of them, so a decision is about what is proposed at that moment. */
const QUEUE = "proposals";
const KEPT_MAX = 1_000;
export const OPEN_MAX = 200;
const REASON_MAX = 500;

export class Proposals {
  private readonly options: ProposalsOptions;
  private readonly queues = new Queues();
  private readonly carriers = new Map<string, Carrier>();
  /** In the order of their positions. */
  private list: ProposalRecord[] = [];

  constructor(options: ProposalsOptions) {
    this.options = options;
  }

  async load(): Promise<void> {
    this.list = [...(await proposalTable.load(this.options.store, "ORDER BY position"))];
  }

  carryOut(kind: string, carrier: Carrier): void {
    this.carriers.set(kind, carrier);
  }

  /** The newest comes last. */
  all(): readonly ProposalRecord[] {
    return this.list;
  }
  get(id: string): ProposalRecord | null {
    return this.list.find(({ proposalId }) => proposalId === id) ?? null;
  }
  open(): readonly ProposalRecord[] {
    return this.list.filter(({ status }) => status === "proposed");
  }

  /**
   * One of the same subject that is still open takes newer evidence over; where it wants something else it is retired. What
   * was rejected on as much evidence stays rejected, and is what is given.
   */
  propose(proposal: LearningProposal, source: string): Promise<Result<ProposalRecord, Failure>> {
    return this.queues.run(QUEUE, async () => {
      const drafted = this.draft(proposal);
      if (!drafted.ok) return drafted;
      const rejected = repeated(this.list, drafted.value, this.options.now());
      if (rejected !== null) return ok(rejected);
      const known = this.open().find((one) => one.subject === drafted.value.subject);
      if (known !== undefined && isDeepStrictEqual(known.after, drafted.value.after)) {
        // The same proposal again with newer evidence is no news.
        const refreshed: ProposalRecord = { ...known, ...drafted.value, source };
        const stored = await this.options.store.commit([proposalTable.put(refreshed)]);
        if (!stored.ok) return stored;
        this.keep(refreshed);
        return ok(refreshed);
      }
      if (known === undefined && this.open().length >= OPEN_MAX) {
        const issue = `${OPEN_MAX} proposals wait already; decide some of them first`;
        return failed({ code: "conflict", issue });
      }
      const proposalId = newId("prop");
      const retired = known === undefined ? ok(null) : await this.retire(known, proposalId, source);
      if (!retired.ok) return retired;
      const { audit, now } = this.options;
      const position = (this.list.at(-1)?.position ?? 0) + 1;
      const undecided = { status: "proposed", decidedAt: null, decidedBy: null, carriedOut: null } as const;
      const record: ProposalRecord = {
        position,
        proposalId,
        createdAt: now(),
        ...drafted.value,
        source,
        ...undecided,
      };
      const told = { actor: source, action: "learning.propose", target: proposalId, from: record.before };
      const statements = [proposalTable.put(record), forgetProposals(position - KEPT_MAX)];
      const stored = await audit.record({ ...told, to: record.after }, statements);
      if (!stored.ok) return stored;
      this.keep(record);
      return ok(record);
    });
  }

  /** Nobody approves what was not shown: what is wanted now has an id of its own. */
  private async retire(known: ProposalRecord, by: string, source: string): Promise<Result<null, Failure>> {
    const retired = { ...this.decided(known, "rejected", source), carriedOut: { superseded_by: by } };
    const told = { actor: source, action: "learning.supersede", target: known.proposalId, from: "proposed" };
    const stored = await this.options.audit.record({ ...told, to: { superseded_by: by } }, [
      proposalTable.put(retired),
    ]);
    if (!stored.ok) return stored;
    this.keep(retired);
    return ok(null);
  }

  approve(id: string, actor: string): Promise<Result<ProposalRecord, Failure>> {
    return this.queues.run(QUEUE, async () => {
      const found = this.undecided(id, "approving it");
      if (!found.ok) return found;
      const decided = this.decided(found.value, "approved", actor);
      if (decided.kind === CHANGE) return this.approveChange(decided, actor);
      if (this.options.book.frozen) return failed({ code: "conflict", issue: FROZEN });
      const stored = await this.options.audit.record(toldOf(decided, actor), [proposalTable.put(decided)]);
      if (!stored.ok) return stored;
      this.keep(decided);
      const done = await this.carry(decided, actor);
      if (done.ok || (await this.reopen(decided, actor))) return done;
      // The store still says that it is approved, and the next start does what the store says.
      return ok(decided);
    });
  }

  reject(id: string, actor: string): Promise<Result<ProposalRecord, Failure>> {
    return this.queues.run(QUEUE, async () => {
      const found = this.undecided(id, "rejecting it");
      if (!found.ok) return found;
      const decided = this.decided(found.value, "rejected", actor);
      const stored = await this.options.audit.record(toldOf(decided, actor), [proposalTable.put(decided)]);
      if (!stored.ok) return stored;
      this.keep(decided);
      return ok(decided);
    });
  }

  /**
   * After a start or a freeze: what was approved, and was not carried out. What cannot be carried out is to be decided
   * again. Nothing while learning is frozen.
   */
  async resume(): Promise<void> {
    for (const { proposalId } of this.list) {
      await this.queues
        .run(QUEUE, () => this.resumed(proposalId))
        .catch((error: unknown) => this.complain(proposalId, error));
    }
  }

  private async resumed(id: string): Promise<void> {
    const one = this.get(id);
    if (one === null || one.status !== "approved" || one.kind === CHANGE || one.carriedOut !== null) return;
    if (this.options.book.frozen) return;
    const actor = one.decidedBy ?? "learning";
    const done = await this.carry(one, actor);
    if (done.ok) return;
    this.complain(id, done.failure);
    await this.reopen(one, actor);
  }

  private complain(proposal: string, reason: unknown): void {
    this.options.log.error("an approved proposal could not be carried out", { proposal, reason });
  }

  /** It did not happen, so it is to be decided again. False: the store could not be told. */
  private async reopen(decided: ProposalRecord, actor: string): Promise<boolean> {
    const open: ProposalRecord = { ...decided, status: "proposed", decidedAt: null, decidedBy: null };
    const back = { ...toldOf(open, actor), from: "approved" };
    const undone = await this.options.audit.record(back, [proposalTable.put(open)], "undo");
    if (undone.ok) this.keep(open);
    return undone.ok;
  }

  private draft(proposal: LearningProposal): Result<Drafted, Failure> {
    const reason = proposal.reason.slice(0, REASON_MAX);
    const { evidence } = proposal;
    if ("kind" in proposal) {
      const { kind, subject, what, strategy: strategyType, from: before, to: after } = proposal;
      return ok({ kind, subject: `${kind}:${subject}`, what, strategyType, before, after, reason, evidence });
    }
    const { target, to } = proposal;
    const before = this.options.book.valueOf(target);
    if (before === null) return failed({ code: "restarting" });
    const words = { subject: wordOf(target), what: whatOf(target), strategyType: target.strategy };
    return ok({ kind: CHANGE, ...words, before, after: to, reason, evidence });
  }

  private undecided(id: string, wanted: string): Result<ProposalRecord, Failure> {
    const found = this.get(id);
    if (found === null) return failed({ code: "not_found", kind: "proposal", id });
    if (found.status === "proposed") return ok(found);
    const state = { state: found.status, wanted, allowed: ["proposed"], legal: ["nothing; it was decided"] };
    return failed({ code: "invalid_state", kind: "proposal", id, ...state });
  }

  private decided(record: ProposalRecord, status: "approved" | "rejected", actor: string): ProposalRecord {
    return { ...record, status, decidedAt: this.options.now(), decidedBy: actor };
  }

  private async approveChange(decided: ProposalRecord, actor: string): Promise<Result<ProposalRecord, Failure>> {
    const { book, audit } = this.options;
    const target = targetOf(decided.subject);
    if (target === null) return failed({ code: "not_available", what: `a change of ${decided.subject}` });
    const { reason, evidence, after } = decided;
    const change: LearningChange = { target, to: after as LearningValue, reason, evidence };
    let final = decided;
    const made = await book.apply(change, actor, ({ changeId }) => {
      final = { ...decided, carriedOut: { change_id: changeId } };
      return [proposalTable.put(final)];
    });
    // What was within bounds when it was proposed need not be any more; nobody sent a wrong field.
    if (!made.ok && made.failure.code === "validation_error")
      return failed({
        code: "conflict",
        issue: `it cannot be carried out as things are now: ${explain(made.failure)}`,
      });
    if (!made.ok) return made;
    if (made.value === null) {
      final = { ...decided, carriedOut: { change_id: null } };
      const stored = await audit.record(toldOf(final, actor), [proposalTable.put(final)]);
      if (!stored.ok) return stored;
    }
    this.keep(final);
    return ok(final);
  }

  private async carry(decided: ProposalRecord, actor: string): Promise<Result<ProposalRecord, Failure>> {
    const carrier = this.carriers.get(decided.kind);
    if (carrier === undefined) return failed({ code: "not_available", what: `a proposal of the kind ${decided.kind}` });
    const done = await carrier(decided, actor);
    if (!done.ok) return done;
    const final = { ...decided, carriedOut: done.value };
    this.keep(final);
    // Without it a restart asks the carrier again, which knows what it has done.
    const stored = await this.options.store.commit([proposalTable.put(final)]);
    if (!stored.ok)
      this.options.log.warn("a proposal was carried out and the store does not know", { id: decided.proposalId });
    return ok(final);
  }

  private keep(record: ProposalRecord): void {
    const place = this.list.findIndex(({ position }) => position === record.position);
    if (place >= 0) this.list[place] = record;
    else this.list.push(record);
    const oldest = record.position - KEPT_MAX;
    this.list = this.list.filter(({ position, status }) => position > oldest || status === "proposed");
  }
}

type Drafted = Pick<
  ProposalRecord,
  "kind" | "subject" | "what" | "strategyType" | "before" | "after" | "reason" | "evidence"
>;

function toldOf({ proposalId, status }: ProposalRecord, actor: string) {
  const action = `learning.${status === "approved" ? "approve" : status === "rejected" ? "reject" : "reopen"}`;
  return { actor, action, target: proposalId, from: "proposed", to: status };
}
