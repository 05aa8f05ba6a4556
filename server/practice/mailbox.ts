import { Router } from 'express';
import type { Mail, Mailer } from '../mail/mailer.ts';
import { pageAssets } from './page.ts';
import { openShelf } from './shelf.ts';

interface KeptMail extends Pick<Mail, 'to' | 'subject' | 'text'> {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Where mails land that no mail server takes: a mailbox of all addresses, and its page. */
export interface PracticeMailbox extends Mailer {
  readonly router: Router;
}

const MOST_KEPT = 200;

/** `dir` null keeps the mails in memory only; links to `ownHost` are shown as links. */
export function createPracticeMailbox(dir: string | null, ownHost: string): PracticeMailbox {
  const shelf = openShelf(dir, 'mail');
  const mails = shelf.collection<number, KeptMail>('mails');
  let last = Math.max(0, ...[...mails.values()].map(({ id }) => id));
  const router = Router();
  router.use(pageAssets('mail'));
  router.get('/page/mails', (_request, response) => {
    response.json({ ownHost, mails: [...mails.values()].sort((one, other) => other.id - one.id) });
  });
  return {
    router,
    send: async ({ to, subject, text }) => {
      last += 1;
      mails.put(last, { id: last, at: Date.now(), to, subject, text });
      for (const { id } of [...mails.values()].slice(0, Math.max(0, mails.size - MOST_KEPT))) mails.delete(id);
    },
    close: () => shelf.close(),
  };
}
