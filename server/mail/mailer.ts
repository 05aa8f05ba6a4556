import { createTransport } from 'nodemailer';

/** A mail as it leaves: the same words as plain text and as simple HTML. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The one way out for mails. */
export interface Mailer {
  /** Resolves when a mail server, or the practice mailbox, has taken it over; rejects with MailFailed. */
  send(mail: Mail): Promise<void>;
  close(): void;
}

/** The mail was not taken over; the message is the mail server's own. */
export class MailFailed extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'MailFailed';
  }
}

const PATIENCE_MS = 15_000;

/** `url` as of SMTP_URL, `from` as of MAIL_FROM. */
export function createSmtpMailer(url: string, from: string): Mailer {
  const transport = createTransport(
    {
      url,
      connectionTimeout: PATIENCE_MS,
      greetingTimeout: PATIENCE_MS,
      socketTimeout: PATIENCE_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    { from },
  );
  return {
    send: async (mail) => {
      try {
        await transport.sendMail({ ...mail, headers: { 'Auto-Submitted': 'auto-generated' } });
      } catch (error) {
        throw new MailFailed(error);
      }
    },
    close: () => transport.close(),
  };
}
