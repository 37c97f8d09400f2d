// Ids of the API: a prefix that says of what, then letters and digits that nobody can guess.
import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LENGTH = 14; // 62^14 > 2^83

type Prefix = "strat" | "alert" | "bt" | "sw" | "pipe" | "exec" | "trade" | "ab" | "change" | "prop" | "model";

export function newId(prefix: Prefix): string {
  const letters = [...randomBytes(LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]);
  return `${prefix}_${letters.join("")}`;
}
