// Loaded with --import into a Weft under test, before Weft itself: tells its parent how long the event loop was shut.
// A timer that cannot fire shows that the loop is shut; the CPU the thread used meanwhile shows how long it would have
// been on a machine of its own, whoever else has the CPU.
const EVERY_MS = 4;
let cpu = process.threadCpuUsage();
let at = performance.now();
let longest = { cpuMs: 0, wallMs: 0 };

function look() {
  const { user, system } = process.threadCpuUsage(cpu);
  const now = performance.now();
  const cpuMs = (user + system) / 1000;
  if (cpuMs > longest.cpuMs) longest = { cpuMs, wallMs: now - at };
  cpu = process.threadCpuUsage();
  at = now;
}

setInterval(look, EVERY_MS).unref();

process.on('message', (what) => {
  look();
  process.send?.(longest);
  if (what === 'reset') longest = { cpuMs: 0, wallMs: 0 };
});
// Weft decides when it ends
process.channel?.unref();
