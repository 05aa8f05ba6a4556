// Loaded with --import into a Weft under test, before Weft itself: tells its parent how long the event loop was shut.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 5;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
let before = process.threadCpuUsage();

process.on('message', (what) => {
  const used = process.threadCpuUsage(before);
  const lateMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
  if (what === 'reset') {
    delay.reset();
    before = process.threadCpuUsage();
  }
  process.send?.({ lateMs, cpuMs: (used.user + used.system) / 1000 });
});
// Weft decides when it ends
process.channel?.unref();
