// Writes the decoder's key table from the names of the fields, so that the names stand in one place only.
import * as wire from "../../../assembly/wire.ts";
import { FIELDS } from "../../domain/event.ts";

const MULTIPLIER = (BigInt(wire.KEY_MULTIPLIER_HIGH) << 32n) | BigInt(wire.KEY_MULTIPLIER_LOW);

/** `base`: first byte of the scratch region. */
export function writeKeyTable(memory: WebAssembly.Memory, base: number): void {
  const bytes = new Uint8Array(memory.buffer, base + wire.DECODE_KEYS, wire.KEY_SLOTS * wire.KEY_BYTES);
  const view = new DataView(memory.buffer, base + wire.DECODE_KEYS, bytes.length);
  bytes.fill(0);
  FIELDS.forEach(([name], field) => put(view, name, field));
  put(view, "market_data", wire.FIELD_MARKET_DATA);
  put(view, "__proto__", wire.FIELD_FORBIDDEN);
}

function put(view: DataView, name: string, field: number): void {
  const first = word(name.slice(0, 8));
  const product = BigInt.asUintN(64, (first ^ BigInt(name.length)) * MULTIPLIER);
  let slot = Number(product >> BigInt(wire.KEY_SHIFT));
  while (view.getUint32(slot * wire.KEY_BYTES + wire.KEY_LENGTH, true) !== 0) slot = (slot + 1) % wire.KEY_SLOTS;
  const entry = slot * wire.KEY_BYTES;
  view.setBigUint64(entry, first, true);
  view.setBigUint64(entry + wire.KEY_LAST, name.length > 8 ? word(name.slice(-8)) : 0n, true);
  view.setUint32(entry + wire.KEY_LENGTH, name.length, true);
  view.setUint32(entry + wire.KEY_FIELD, field, true);
}

/** Up to eight ASCII characters as a little endian word. */
function word(text: string): bigint {
  let value = 0n;
  for (let index = text.length - 1; index >= 0; index--) value = (value << 8n) | BigInt(text.charCodeAt(index));
  return value;
}
