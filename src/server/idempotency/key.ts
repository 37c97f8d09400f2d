// What an Idempotency-Key may look like, wherever one is read.

export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,128}$/;
