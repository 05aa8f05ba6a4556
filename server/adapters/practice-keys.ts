import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** Keys of the practice systems, made once and kept, so that a second start signs in as the first did. */
export const PracticeKeys = z.strictObject({
  consumerKey: z.string(),
  consumerSecret: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  controlKey: z.string(),
});
export type PracticeKeys = z.infer<typeof PracticeKeys>;

export async function readPracticeKeys(dir: string): Promise<PracticeKeys> {
  const file = join(dir, 'keys.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text !== null) return PracticeKeys.parse(JSON.parse(text));
  const random = (): string => randomBytes(20).toString('hex');
  const keys: PracticeKeys = {
    consumerKey: `ck_${random()}`,
    consumerSecret: `cs_${random()}`,
    clientId: random(),
    clientSecret: random(),
    controlKey: random(),
  };
  await mkdir(dir, { recursive: true });
  await writeFile(file, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  return keys;
}
