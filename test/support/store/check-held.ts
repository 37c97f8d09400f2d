// Loaded in front of who checks a database (`node --import`): what it found it says when it is sent SIGUSR2, not before.
const { send } = process;
const asked = new Promise<void>((resolve) => void process.once("SIGUSR2", () => resolve()));

function later(...given: readonly unknown[]): boolean {
  void asked.then(() => send?.apply(process, given as Parameters<NonNullable<typeof send>>));
  return true;
}
Object.assign(process, { send: later });
