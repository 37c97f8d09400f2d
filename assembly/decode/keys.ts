// From the name of a field to its code: the length picks a handful of candidates, the first eight bytes as one little
// endian word (and for longer names the last eight) decide. Names are compared whole. Reads up to 8 bytes at `at`,
// whatever the length; the slack behind the message allows it.
import * as wire from "../wire";

/** FIELD_ code of the `length` bytes at `at`; FIELD_NONE for a name that is not ours. */
export function fieldOf(at: usize, length: u32): u32 {
  const first = load<u64>(at);
  switch (length) {
    case 3:
      return field3(first & 0xffffff);
    case 4:
      return field4(first & 0xffffffff);
    case 5:
      return field5(first & 0xffffffffff);
    case 6:
      return field6(first & 0xffffffffffff);
    case 7:
      return (first & 0xffffffffffffff) == 0x736c6f626d7973 ? wire.FIELD_SYMBOLS : wire.FIELD_NONE;
    case 8:
      return field8(first);
    case 9:
    case 10:
    case 11:
    case 12:
    case 13:
    case 14:
    case 15:
      return longField(first, load<u64>(at + length - 8), length);
    default:
      return wire.FIELD_NONE;
  }
}

function field3(word: u64): u32 {
  if (word == 0x646962) return wire.FIELD_BID;
  if (word == 0x6b7361) return wire.FIELD_ASK;
  if (word == 0x776f6c) return wire.FIELD_LOW;
  if (word == 0x796164) return wire.FIELD_DAY;
  return wire.FIELD_NONE;
}
function field4(word: u64): u32 {
  if (word == 0x646e696b) return wire.FIELD_KIND;
  if (word == 0x6e65706f) return wire.FIELD_OPEN;
  if (word == 0x68676968) return wire.FIELD_HIGH;
  if (word == 0x73646962) return wire.FIELD_BIDS;
  if (word == 0x736b7361) return wire.FIELD_ASKS;
  if (word == 0x65746172) return wire.FIELD_RATE;
  if (word == 0x68736168) return wire.FIELD_HASH;
  if (word == 0x74696e75) return wire.FIELD_UNIT;
  return wire.FIELD_NONE;
}
function field5(word: u64): u32 {
  if (word == 0x6563697270) return wire.FIELD_PRICE;
  if (word == 0x65736f6c63) return wire.FIELD_CLOSE;
  if (word == 0x65756e6576) return wire.FIELD_VENUE;
  if (word == 0x65726f6373) return wire.FIELD_SCORE;
  if (word == 0x65756c6176) return wire.FIELD_VALUE;
  if (word == 0x7265746661) return wire.FIELD_AFTER;
  return wire.FIELD_NONE;
}
function field6(word: u64): u32 {
  if (word == 0x6c6f626d7973) return wire.FIELD_SYMBOL;
  if (word == 0x656d756c6f76) return wire.FIELD_VOLUME;
  if (word == 0x6c6175746361) return wire.FIELD_ACTUAL;
  if (word == 0x736569726573) return wire.FIELD_SERIES;
  if (word == 0x65726f666562) return wire.FIELD_BEFORE;
  return wire.FIELD_NONE;
}
function field8(word: u64): u32 {
  if (word == 0x657a69735f646962) return wire.FIELD_BID_SIZE;
  if (word == 0x657a69735f6b7361) return wire.FIELD_ASK_SIZE;
  if (word == 0x6465746365707865) return wire.FIELD_EXPECTED;
  if (word == 0x74636172746e6f63) return wire.FIELD_CONTRACT;
  return wire.FIELD_NONE;
}
function longField(first: u64, last: u64, length: u32): u32 {
  switch (length) {
    case 9:
      if (first == 0x6d617473656d6974 && last == 0x706d617473656d69) return wire.FIELD_TIMESTAMP;
      if (first == 0x6e656d69746e6573 && last == 0x746e656d69746e65) return wire.FIELD_SENTIMENT;
      if (first == 0x5f6f746f72705f5f && last == 0x5f5f6f746f72705f) return wire.FIELD_FORBIDDEN;
      break;
    case 10:
      if (first == 0x79745f7465737361 && last == 0x657079745f746573) return wire.FIELD_ASSET_TYPE;
      if (first == 0x6c61767265746e69 && last == 0x735f6c6176726574) return wire.FIELD_INTERVAL_S;
      break;
    case 11:
      if (first == 0x645f74656b72616d && last == 0x617461645f74656b) return wire.FIELD_MARKET_DATA;
      break;
    case 12:
      if (first == 0x6c62616c69617661 && last == 0x74615f656c62616c) return wire.FIELD_AVAILABLE_AT;
      if (first == 0x5f676e69646e7566 && last == 0x657461725f676e69) return wire.FIELD_FUNDING_RATE;
      if (first == 0x65636e756f6e6e61 && last == 0x74615f6465636e75) return wire.FIELD_ANNOUNCED_AT;
      break;
    case 13:
      if (first == 0x775f656372756f73 && last == 0x7468676965775f65) return wire.FIELD_SOURCE_WEIGHT;
      if (first == 0x5f6e695f73796164 && last == 0x68746e6f6d5f6e69) return wire.FIELD_DAYS_IN_MONTH;
      break;
    case 14:
      if (first == 0x6c61767265746e69 && last == 0x7372756f685f6c61) return wire.FIELD_INTERVAL_HOURS;
      break;
    default:
      if (first == 0x746964697571696c && last == 0x7865646e695f7974) return wire.FIELD_LIQUIDITY_INDEX;
  }
  return wire.FIELD_NONE;
}
