// One message, from its bytes in the scratch region to records in the event ring. The host copies the bytes to
// DECODE_INPUT, stamps ENGINE_CLOCK and calls `decode`; while the status is not STATUS_DONE or STATUS_FAILED it does
// what the status asks for and calls `resume`, which goes on at the tick under way.
// A message whose structure is broken leaves nothing in the ring: the reservation goes back to where it was. So that
// nothing has to be taken back from the host, the rest of the structure is checked before the host is asked for a name.
import * as layout from "../layout";
import * as wire from "../wire";
import { attach } from "../attach";
import { scratch } from "../plan";
import {
  clearFields,
  end,
  envelope,
  envelopeLast,
  envelopeTwice,
  fail,
  failure,
  forbidden,
  has,
  lengthOf,
  rawOf,
  setEnd,
  setFault,
  textOf,
  typeOf,
} from "./fields";
import * as json from "./json";
import { hard, setHard } from "./json-number";
import * as msgpack from "./msgpack";
import { beginTouched, openNames } from "./names";
import { enter, ENTER_DONE, ENTER_HELD, ENTER_REFUSED, refusal, refusedField } from "./records";
import { quickAt, quickTicks } from "./quick";
import { badField, hasStory, judge } from "./rules";

/** Depth of the container that holds the ticks: 1, or 2 inside market_data; 0 for a single tick at the root. */
let listDepth: u32 = 0;

/** Binds the host's instance of the core to its memory; once, after the plan has been written. */
export function openDecoder(): void {
  attach(0);
  openNames();
}

function word(offset: usize): u32 {
  return load<u32>(scratch + offset);
}
function setWord(offset: usize, value: u32): void {
  store<u32>(scratch + offset, value);
}

export function decode(length: u32, format: u32, flags: u32): u32 {
  clearBlock();
  setWord(wire.DECODE_LENGTH, length);
  setWord(wire.DECODE_FORMAT, format);
  setWord(wire.DECODE_FLAGS, flags);
  if ((flags & wire.DECODE_REFUSES) != 0) takeRoom();
  setWord(wire.DECODE_STORY_SCORED, 0);
  setWord(wire.DECODE_START, load<u32>(layout.EVENT_NEXT));
  beginTouched();
  const input = scratch + wire.DECODE_INPUT;
  setEnd(input + length);
  store<u64>(end, 0); // no string, number or literal of JSON goes on over the end
  if (length > <u32>wire.MESSAGE_BYTES_MAX) return refuseMessage(wire.REASON_TOO_LARGE);
  setWord(wire.DECODE_CURSOR, u32(input));
  return root();
}

/** Zeroes what the last message left. Stores, because memory.fill costs a call out of the core. */
function clearBlock(): void {
  if (word(wire.DECODE_REJECTED) != 0) memory.fill(scratch + wire.DECODE_REJECTIONS, 0, wire.REASON_COUNT << 2);
  for (let at: usize = 0; at < <usize>wire.DECODE_NAME_TABLE; at += 16) v128.store(scratch + at, i64x2(0, 0));
}

/** `verdict`: RESUME_AGAIN, RESUME_TAKEN, or a REASON_ that refuses the tick under way. */
export function resume(verdict: u32): u32 {
  if ((word(wire.DECODE_FLAGS) & wire.DECODE_REFUSES) != 0) takeRoom(); // the host may have looked at the tails
  if (verdict == wire.RESUME_AGAIN) return word(wire.DECODE_PHASE) == wire.PHASE_ROOT ? root() : ticks();
  if (verdict == wire.REASON_OVERLOADED && waits()) return wire.STATUS_ROOM;
  if (verdict == wire.RESUME_TAKEN) setWord(wire.DECODE_ACCEPTED, word(wire.DECODE_ACCEPTED) + 1);
  else reject(verdict, refusedField);
  return afterTick(word(wire.DECODE_NEXT)) ? ticks() : ending();
}

// ---- The root: one tick, a list, or {"market_data": either} -----------------------------------------------------------
function root(): u32 {
  const at: usize = word(wire.DECODE_CURSOR);
  const text = word(wire.DECODE_FORMAT) == wire.FORMAT_JSON;
  const start = text ? json.space(at) : at;
  if (start >= end) return refuseMessage(wire.REASON_TRUNCATED);
  const shape = shapeAt(start, text);
  if (shape == LIST) return beginList(start, 1, text);
  if (shape != MAP) return shape == UNSUPPORTED ? unsupported() : refuseRoot(start, text);
  if (!text && quickTicks(start, 1) == 1) {
    setWord(wire.DECODE_ACCEPTED, 1);
    setWord(wire.DECODE_CURSOR, u32(quickAt));
    return ending();
  }
  clearFields();
  setHard(0);
  const next = text ? json.readMap(start, 1) : msgpack.readMap(start, 1);
  if (next == 0) return refuseMessage(failure);
  if (envelope == 0) {
    begin(start, 0, wire.PHASE_ONE, 1);
    if (forbidden) setFault(wire.REASON_FORBIDDEN_KEY, wire.FIELD_FORBIDDEN);
    const status = treat(next, text);
    if (status != CONTINUE) return status;
    afterTick(next);
    return ending();
  }
  if (envelopeTwice) return refuseMessage(wire.REASON_DUPLICATE_KEY);
  if (forbidden) return refuseMessage(wire.REASON_FORBIDDEN_KEY);
  if (!envelopeLast) {
    if (!endsAt(next, text)) return refuseMessage(wire.REASON_TRAILING);
    setWord(wire.DECODE_VERIFIED, 1);
  }
  return enveloped(envelope, text);
}
function enveloped(at: usize, text: bool): u32 {
  if (at >= end) return refuseMessage(wire.REASON_TRUNCATED);
  const shape = shapeAt(at, text);
  if (shape == LIST) return beginList(at, 2, text);
  if (shape == UNSUPPORTED) return unsupported();
  if (shape != MAP) return refuseMessage(wire.REASON_NOT_MARKET_DATA);
  return beginOne(at, 1);
}
function beginOne(at: usize, depth: u32): u32 {
  begin(at, depth, wire.PHASE_ONE, 1);
  return ticks();
}
function begin(at: usize, depth: u32, phase: u32, remaining: u32): void {
  listDepth = depth;
  setWord(wire.DECODE_PHASE, phase);
  setWord(wire.DECODE_CURSOR, u32(at));
  setWord(wire.DECODE_REMAINING, remaining);
}

const OTHER: u32 = 0;
const MAP: u32 = 1;
const LIST: u32 = 2;
const UNSUPPORTED: u32 = 3;
function shapeAt(at: usize, text: bool): u32 {
  const head: u32 = load<u8>(at);
  if (text) return head == 0x7b ? MAP : head == 0x5b ? LIST : OTHER;
  if (msgpack.isMap(head)) return MAP;
  if (msgpack.isArray(head)) return LIST;
  return msgpack.isRecordDefinition(at) ? UNSUPPORTED : OTHER;
}
function endsAt(at: usize, text: bool): bool {
  return (text ? json.space(at) : at) == end;
}
/** A value that is no market data, if it is a value at all. */
function refuseRoot(at: usize, text: bool): u32 {
  const next = text ? json.scan(at, 0) : msgpack.scan(at, 0);
  if (next == 0) return refuseMessage(failure);
  return refuseMessage(endsAt(next, text) ? wire.REASON_NOT_MARKET_DATA : wire.REASON_TRAILING);
}

/** A list whose first element is text is one tick in compact form; else it is a list of ticks. */
function beginList(at: usize, depth: u32, text: bool): u32 {
  let first: usize;
  let elements: u32;
  if (text) {
    first = json.openList(at, depth);
    if (first == 0) return refuseMessage(failure);
    if (!json.closed && load<u8>(first) == 0x22) return beginOne(at, depth - 1);
    elements = json.closed ? 0 : 1;
  } else {
    first = msgpack.elementsAt(at);
    if (first == 0) return refuseMessage(failure);
    if (msgpack.count > 0 && msgpack.isText(load<u8>(first))) return beginOne(at, depth - 1);
    elements = msgpack.count;
    if (elements > <u32>wire.TICKS_MAX) return refuseMessage(wire.REASON_TOO_MANY);
  }
  begin(first, depth, wire.PHASE_LIST, elements);
  return elements > 0 ? ticks() : ending();
}

// ---- Ticks ------------------------------------------------------------------------------------------------------------
function ticks(): u32 {
  const text = word(wire.DECODE_FORMAT) == wire.FORMAT_JSON;
  while (word(wire.DECODE_INDEX) < word(wire.DECODE_FIRST)) {
    const at: usize = word(wire.DECODE_CURSOR);
    if (!text && at < end && msgpack.isRecordDefinition(at)) return unsupported();
    const next = text ? json.scan(at, listDepth) : msgpack.skip(at, listDepth);
    if (next == 0) return refuseMessage(failure);
    if (!afterTick(next)) return ending();
  }
  while (true) {
    if (!text && passQuickly()) return ending();
    clearFields();
    setHard(0);
    const next = readTick(word(wire.DECODE_CURSOR), text);
    if (next == 0) return failure == 0 ? unsupported() : refuseMessage(failure);
    if (next > end) return refuseMessage(wire.REASON_TRUNCATED);
    const status = treat(next, text);
    if (status != CONTINUE) return status;
    if (!afterTick(next)) return ending();
  }
}

/** Takes what the quick lane can; true when nothing remains. */
function passQuickly(): bool {
  const remaining = word(wire.DECODE_REMAINING);
  const taken = quickTicks(word(wire.DECODE_CURSOR), remaining);
  setWord(wire.DECODE_ACCEPTED, word(wire.DECODE_ACCEPTED) + taken);
  setWord(wire.DECODE_INDEX, word(wire.DECODE_INDEX) + taken);
  setWord(wire.DECODE_REMAINING, remaining - taken);
  setWord(wire.DECODE_CURSOR, u32(quickAt));
  return taken == remaining;
}

/** Judges and enters the tick whose fields have been read; CONTINUE, or the status to return to the host. */
const CONTINUE: u32 = 0xff;
function treat(next: usize, text: bool): u32 {
  if (hard != 0) return askNumbers();
  const reason = judge(load<f64>(layout.ENGINE_CLOCK));
  if (reason != 0) {
    reject(reason, badField);
    return CONTINUE;
  }
  if (hasStory() && !storyIsScored()) return wire.STATUS_TEXT;
  const entered = enter();
  if (entered == ENTER_DONE) setWord(wire.DECODE_ACCEPTED, word(wire.DECODE_ACCEPTED) + 1);
  else if (entered == ENTER_REFUSED && !(refusal == wire.REASON_OVERLOADED && waits())) reject(refusal, refusedField);
  else return askHost(entered, next, text);
  return CONTINUE;
}

/** Fills the fields from the element at `at`; 0 with failure 0 for a shape that the host has to rewrite. */
function readTick(at: usize, text: bool): usize {
  if (text) at = json.space(at);
  if (at >= end) return fail(wire.REASON_TRUNCATED);
  const shape = shapeAt(at, text);
  const depth = listDepth + 1;
  if (shape == MAP) {
    const next = text ? json.readMap(at, depth) : msgpack.readMap(at, depth);
    if (forbidden) setFault(wire.REASON_FORBIDDEN_KEY, wire.FIELD_FORBIDDEN);
    return next;
  }
  if (shape == LIST) return text ? json.readArray(at, depth) : msgpack.readArray(at, depth);
  if (shape == UNSUPPORTED && !word(wire.DECODE_VERIFIED)) return 0;
  setFault(wire.REASON_NOT_A_TICK, wire.FIELD_NONE);
  const next = text ? json.scan(at, listDepth) : msgpack.scan(at, listDepth);
  setHard(0);
  return next;
}

/** Moves the cursor behind the element; false when it was the last (or the message turned out broken). */
function afterTick(next: usize): bool {
  const remaining = word(wire.DECODE_REMAINING) - 1;
  setWord(wire.DECODE_CURSOR, u32(next));
  setWord(wire.DECODE_REMAINING, remaining);
  setWord(wire.DECODE_INDEX, word(wire.DECODE_INDEX) + 1);
  setWord(wire.DECODE_NUMBER_COUNT, 0);
  if (word(wire.DECODE_FORMAT) == wire.FORMAT_JSON && word(wire.DECODE_PHASE) == wire.PHASE_LIST)
    return afterJson(next);
  return remaining > 0;
}
function afterJson(next: usize): bool {
  const following = json.nextElement(next);
  setWord(wire.DECODE_CURSOR, u32(following));
  if (following == 0 || json.closed) return false;
  setWord(wire.DECODE_REMAINING, 1);
  if (word(wire.DECODE_INDEX) < <u32>wire.TICKS_MAX) return true;
  fail(wire.REASON_TOO_MANY);
  return false;
}

/** Behind the last tick: nothing but the end may follow. */
function ending(): u32 {
  if (failure != 0) return refuseMessage(failure);
  if (word(wire.DECODE_VERIFIED) || word(wire.DECODE_FLAGS) & wire.DECODE_OPEN_END) return wire.STATUS_DONE;
  const text = word(wire.DECODE_FORMAT) == wire.FORMAT_JSON;
  return endsAt(word(wire.DECODE_CURSOR), text) ? u32(wire.STATUS_DONE) : refuseMessage(wire.REASON_TRAILING);
}

// ---- Asking the host --------------------------------------------------------------------------------------------------
function askHost(entered: u32, next: usize, text: bool): u32 {
  if (!word(wire.DECODE_VERIFIED)) {
    const reason = text ? restOfJson(next) : restOfMsgpack(next);
    if (reason == REWRITE) return unsupported();
    if (reason != 0) return refuseMessage(reason);
    setWord(wire.DECODE_VERIFIED, 1);
  }
  setWord(wire.DECODE_NEXT, u32(next));
  if (entered == ENTER_REFUSED) return wire.STATUS_ROOM;
  return entered == ENTER_HELD ? wire.STATUS_HELD : wire.STATUS_NAME;
}
/** The cached limit says that nothing is free, until somebody looks at the tails. */
function takeRoom(): void {
  store<u32>(layout.EVENT_LIMIT, load<u32>(layout.EVENT_NEXT) - layout.EVENT_SLOTS);
}
/** A tick without room ends the message for now. */
function waits(): bool {
  return (word(wire.DECODE_FLAGS) & wire.DECODE_WAITS) != 0;
}
function askNumbers(): u32 {
  setWord(wire.DECODE_NUMBERS_ASKED, hard);
  return wire.STATUS_NUMBER;
}

/** Whether the host has read the text of the tick under way; if not, tells it where the text is. */
function storyIsScored(): bool {
  const at = u32(textOf(wire.FIELD_TEXT) - scratch) - wire.DECODE_INPUT;
  setWord(wire.DECODE_STORY_AT, at);
  setWord(wire.DECODE_STORY_LENGTH, lengthOf(wire.FIELD_TEXT));
  return word(wire.DECODE_STORY_SCORED) == at + 1;
}

const REWRITE: u32 = 0xff;
/** 0 when the elements behind `at` and the end of the message are whole, else the reason (REWRITE: the host must). */
function restOfMsgpack(at: usize): u32 {
  for (let left = word(wire.DECODE_REMAINING) - 1; left > 0; left--) {
    if (at < end && msgpack.isRecordDefinition(at)) return REWRITE;
    at = msgpack.skip(at, listDepth);
    if (at == 0) return failure;
  }
  return at == end || word(wire.DECODE_FLAGS) & wire.DECODE_OPEN_END ? 0 : wire.REASON_TRAILING;
}
function restOfJson(at: usize): u32 {
  let index = word(wire.DECODE_INDEX);
  if (word(wire.DECODE_PHASE) == wire.PHASE_LIST) {
    at = json.nextElement(at);
    while (at != 0 && !json.closed) {
      index += 1;
      if (index >= <u32>wire.TICKS_MAX) return wire.REASON_TOO_MANY;
      at = json.scan(at, listDepth);
      if (at != 0) at = json.nextElement(at);
    }
    if (at == 0) return failure;
  }
  setHard(0);
  return endsAt(at, true) ? 0 : wire.REASON_TRAILING;
}

// ---- Refusals ---------------------------------------------------------------------------------------------------------
function reject(reason: u32, field: u32): void {
  setWord(wire.DECODE_REJECTED, word(wire.DECODE_REJECTED) + 1);
  const counter = scratch + (reason << 2);
  store<u32>(counter, load<u32>(counter, wire.DECODE_REJECTIONS) + 1, wire.DECODE_REJECTIONS);
  const errors = word(wire.DECODE_ERRORS);
  if (errors >= <u32>wire.ERRORS_MAX) return;
  setWord(wire.DECODE_ERRORS, errors + 1);
  const row = scratch + wire.DECODE_ROWS + errors * wire.ERROR_BYTES;
  const known = field < <u32>wire.FIELD_COUNT && has(field);
  store<u32>(row, word(wire.DECODE_INDEX), wire.ERROR_INDEX);
  store<u8>(row, reason, wire.ERROR_REASON);
  store<u8>(row, field, wire.ERROR_FIELD);
  store<u8>(row, known ? typeOf(field) : wire.TYPE_NONE, wire.ERROR_TYPE);
  store<u64>(row, known ? rawOf(field) : 0, wire.ERROR_FOUND);
}

/** Back to where the message began, so that the host can send it again in plain msgpack. */
function unsupported(): u32 {
  refuseMessage(wire.REASON_NONE);
  return wire.STATUS_UNSUPPORTED;
}
function refuseMessage(reason: u32): u32 {
  store<u32>(layout.EVENT_NEXT, word(wire.DECODE_START));
  setWord(wire.DECODE_ACCEPTED, 0);
  setWord(wire.DECODE_REJECTED, 0);
  setWord(wire.DECODE_ERRORS, 0);
  setWord(wire.DECODE_TOUCHED_COUNT, 0);
  memory.fill(scratch + wire.DECODE_REJECTIONS, 0, wire.REASON_COUNT << 2);
  setWord(wire.DECODE_REASON, reason);
  return wire.STATUS_FAILED;
}
