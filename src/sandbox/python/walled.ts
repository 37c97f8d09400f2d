/** Thrown by a function that a program may not reach; no handler inside the interpreter sees it. */
export class Walled extends Error {}
