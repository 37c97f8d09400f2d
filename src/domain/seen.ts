// What others wrote, as it may stand in a terminal or a log: names, reasons, messages, lines of code. Escape sequences clear
// a screen, hide what follows or write a line of their own, and characters of direction turn one round.

/** What moves a cursor, ends a line or turns the direction of writing. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
/** The same, but for what ends a line or moves on in it. */
const STEERING = /[^\P{Cc}\t\n]|[\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/**
 * What is neither white space nor without width, stands without a letter before it, and is a character at all. Some have
 * width and no ink: U+2800 is a sign of braille without a dot, U+1D159 a note without its head, U+13441 and U+13442 are
 * empty places between hieroglyphs. U+FFF9 to U+FFFB and U+13430 to U+1343F only arrange what is around them.
 */
const SHOWN =
  /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\p{Cc}\p{M}\u2800\ufff9-\ufffb\u{1d159}\u{13430}-\u{13442}]/u;

/** Nothing of it can be seen, and so nothing be clicked. */
export function isBlank(text: string): boolean {
  return !SHOWN.test(text);
}

/** For one line: what is not seen stands there as its code, which is also how JSON writes it. */
export function seen(text: string): string {
  return text.replaceAll(UNSEEN, codeOf);
}

/** For text of several lines: their ends and tabs stay. */
export function seenLines(text: string): string {
  return text.replaceAll(STEERING, codeOf);
}

function codeOf(one: string): string {
  return `\\u${(one.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
}
