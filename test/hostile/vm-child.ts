import vm from 'node:vm';
import type { HostileCode } from './plugin-code.ts';
import type { VmAnswer } from './vm-teeth.ts';

/** Runs code as products did before they knew better: in a context of node:vm with a time limit, in the house itself. */
async function attempt({ name, code }: HostileCode): Promise<VmAnswer> {
  const ctx = {
    log: (...values: unknown[]) => void values.map((value) => JSON.stringify(value)),
    lookup: async () => null,
  };
  const answered = (ending: VmAnswer['ending'], value = ''): VmAnswer => ({
    name,
    ending,
    value,
    polluted: Object.hasOwn(Object.prototype, 'polluted'),
  });
  try {
    const value: unknown = await vm.runInNewContext(
      `${code.replace('export default', 'var $ =')}\n;(typeof run === 'function' ? run : $.run)(input, ctx)`,
      { input: { a: 1 }, ctx },
      { timeout: 500 },
    );
    const text = JSON.stringify(value);
    return text === undefined ? answered('nothing') : answered('value', text);
  } catch (error) {
    return answered(String(error).includes('timed out') ? 'stopped' : 'failed');
  } finally {
    Reflect.deleteProperty(Object.prototype, 'polluted');
    Reflect.deleteProperty(Object.prototype, 'then');
  }
}

process.on('unhandledRejection', () => undefined);
process.once('message', async (attacks: HostileCode[]) => {
  for (const attack of attacks) process.send?.(await attempt(attack));
  process.exit(0);
});
