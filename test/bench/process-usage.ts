import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in ticks of 10 ms (sysconf CLK_TCK is 100 on every platform Node supports). */
const TICK_MS = 10;
const PAGE_KB = 4;

interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** Own time, user and system. */
  readonly ms: number;
  /** Time of children that have ended and were waited for. */
  readonly endedMs: number;
  readonly rssMb: number;
}

function statOf(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the name in brackets may hold anything
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const field = (number: number): number => fields[number - 3] ?? 0;
    return {
      pid,
      parent: field(4),
      ms: (field(14) + field(15)) * TICK_MS,
      endedMs: (field(16) + field(17)) * TICK_MS,
      rssMb: (field(24) * PAGE_KB) / 1024,
    };
  } catch {
    return null;
  }
}

/** Milliseconds of CPU a process itself has used; 0 when it is gone. */
export function ownCpuMs(pid: number): number {
  return statOf(pid)?.ms ?? 0;
}

/** Milliseconds of CPU of a process and all its children, those that have ended included. */
export function familyCpuMs(root: number): number {
  const all = readdirSync('/proc').flatMap((name) => {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : null;
    return stat ? [stat] : [];
  });
  const own = all.find((stat) => stat.pid === root);
  const children = all.filter((stat) => stat.parent === root);
  return (own?.ms ?? 0) + (own?.endedMs ?? 0) + children.reduce((sum, child) => sum + child.ms + child.endedMs, 0);
}

/** Resident memory in MB (1024² bytes). */
export function rssMb(pid: number): number {
  return statOf(pid)?.rssMb ?? 0;
}
