import type { PracticeKeys } from '#server/adapters/practice-keys.ts';

/** Keys of the bench's practice systems, which live as long as the bench. */
export const practiceKeys: PracticeKeys = {
  consumerKey: 'ck_bench',
  consumerSecret: 'cs_bench',
  clientId: 'bench-client',
  clientSecret: 'bench-secret',
  controlKey: 'bench-control',
};
