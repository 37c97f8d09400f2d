// Beside a process that tries inputs: an input can keep its thread busy for ever, which then never hears that whoever
// started it is gone. This one looks, and ends the process.
const { ppid } = process;
const LOOK_MS = 1_000;

setInterval(() => {
  if (process.ppid !== ppid) process.kill(process.pid, "SIGKILL");
}, LOOK_MS);
