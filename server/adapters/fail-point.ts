import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * A named place where a test may kill this process: `WEFT_FAIL_POINT=name` dies at the first pass, `name:3` at the third.
 * `@file`: the file says the name (and count), and burns with the first process that dies of it, whichever it is.
 * Without the variable a pass is an empty call.
 */
export const failPoint: (name: string) => void = arm(process.env['WEFT_FAIL_POINT']);

interface Fuse {
  readonly target: string | undefined;
  readonly left: number;
}

function parse(setting: string): Fuse {
  const [, target, count] = /^(.+?)(?::(\d+))?$/.exec(setting.trim()) ?? [];
  return { target, left: Number(count ?? 1) };
}

// SIGKILL is what a power cut or the kernel's memory killer looks like: nothing is flushed, no handler runs.
const die = (): void => void process.kill(process.pid, 'SIGKILL');

function arm(setting: string | undefined): (name: string) => void {
  if (!setting) return () => {};
  if (setting.startsWith('@')) return (name) => burn(setting.slice(1), name);
  let fuse = parse(setting);
  return (name) => {
    if (name !== fuse.target) return;
    fuse = { ...fuse, left: fuse.left - 1 };
    if (fuse.left === 0) die();
  };
}

function burn(file: string, name: string): void {
  const { target, left } = parse(readFuse(file));
  if (name !== target) return;
  if (left > 1) {
    writeFileSync(file, `${target}:${left - 1}`);
    return;
  }
  rmSync(file, { force: true });
  die();
}

function readFuse(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
