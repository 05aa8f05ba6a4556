import type { Mail } from '#server/mail/mailer.ts';
import { until } from './until.ts';
import type { TestWeb } from './web.ts';

/** The link of a mail. */
export function linkOf(mail: Mail): URL {
  return new URL(/https?:\/\/\S+/.exec(mail.text)?.[0] ?? '');
}

/** The key in the link of a mail. */
export const tokenOf = (mail: Mail): string => linkOf(mail).hash.slice(1);

/** The newest mail to an address, once it is there. */
export function mailTo(web: TestWeb, email: string, subject = /./): Promise<Mail> {
  return until(() => web.post.mails.findLast((mail) => mail.to === email && subject.test(mail.subject)));
}
