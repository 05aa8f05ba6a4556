import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { HostileCode } from './plugin-code.ts';

/** What a process that runs code in node:vm says of one piece. */
export interface VmAnswer {
  readonly name: string;
  readonly ending: 'value' | 'nothing' | 'failed' | 'stopped';
  readonly value: string;
  readonly polluted: boolean;
}

const PATIENCE_MS = 1500;
/** Of those that only burn time or memory a few are enough, for each takes its process along. */
const MOST_WASTERS = 6;

/** The attacks that get through, or take their process along, where code runs in node:vm as products did before they knew better. */
export async function breachesOfVm(attacks: readonly HostileCode[]): Promise<string[]> {
  const wasters = attacks.filter(({ name }) => /^(time|memory):/.test(name)).slice(0, MOST_WASTERS);
  const chosen = [...wasters, ...attacks.filter(({ name }) => /^(escape|data):/.test(name))];
  const breaches: string[] = [];
  for (let next = 0; next < chosen.length; ) {
    const { answers, died } = await runSome(chosen.slice(next));
    for (const answer of answers) if (isBreach(attacks, answer)) breaches.push(answer.name);
    next += answers.length;
    if (died && next < chosen.length) breaches.push(`${chosen[next++]?.name} (took its process along)`);
  }
  return breaches;
}

function isBreach(attacks: readonly HostileCode[], { name, ending, value, polluted }: VmAnswer): boolean {
  const attack = attacks.find((each) => each.name === name);
  if (polluted) return true;
  if (ending !== 'value') return false;
  const told: unknown = value === '' ? undefined : JSON.parse(value);
  return attack?.harmless !== undefined && !attack.harmless(told);
}

function runSome(attacks: readonly HostileCode[]): Promise<{ answers: VmAnswer[]; died: boolean }> {
  const child = fork(fileURLToPath(new URL('./vm-child.ts', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: ['--max-old-space-size=200'],
  });
  const answers: VmAnswer[] = [];
  return new Promise((resolve) => {
    let timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS * 3);
    child.on('message', (answer: VmAnswer) => {
      answers.push(answer);
      clearTimeout(timer);
      timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    });
    child.once('exit', () => {
      clearTimeout(timer);
      resolve({ answers, died: answers.length < attacks.length });
    });
    child.send(attacks.map(({ name, code }) => ({ name, code })));
  });
}
