// Text as the store takes it; a message may quote what somebody has sent, or be the word of users' code.

// oxlint-disable-next-line eslint/no-control-regex -- it is the character that is meant
const UNFIT = /[\u0000\p{Surrogate}]/gu;

/** `instead` of each character that the store does not take. */
export function fitText(text: string, instead: string): string {
  return text.replaceAll(UNFIT, instead);
}
