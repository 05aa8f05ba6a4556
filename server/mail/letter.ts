import type { Mail } from './mailer.ts';

export type Language = 'sv' | 'en';

/** What a mail says, before it is set as text and as HTML. */
interface Letter {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly link: { readonly label: string; readonly href: string } | null;
  readonly foot: string;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? '');

/** A name that somebody typed, as one line that is no address: mail programs make links of what looks like one. */
const tame = (text: string): string =>
  text
    .replace(/\p{C}+/gu, ' ')
    .replace(/:\/\//g, ' ')
    .replace(/(?<=[\p{L}\p{N}])\.(?=\p{L})/gu, '. ')
    .trim()
    .slice(0, 100);

const PARAGRAPH = 'margin:0 0 16px;font:16px/24px system-ui,sans-serif;color:#14181f';
const BUTTON =
  'display:inline-block;padding:10px 20px;border-radius:6px;background:#2b50c8;color:#ffffff;font-weight:600;text-decoration:none';

function set(to: string, language: Language, { subject, paragraphs, link, foot }: Letter): Mail {
  const text = [...paragraphs, ...(link ? [`${link.label}:\n${link.href}`] : []), '-- ', foot].join('\n\n');
  const html = [
    ...paragraphs.map((each) => `<p style="${PARAGRAPH}">${escaped(each)}</p>`),
    ...(link
      ? [
          `<p style="${PARAGRAPH}"><a href="${escaped(link.href)}" style="${BUTTON}">${escaped(link.label)}</a></p>`,
          `<p style="${PARAGRAPH};font-size:13px;word-break:break-all">${escaped(link.href)}</p>`,
        ]
      : []),
    `<p style="${PARAGRAPH};font-size:13px;color:#55606f">${escaped(foot)}</p>`,
  ].join('\n');
  return {
    to,
    subject: subject.replace(/\p{C}+/gu, ' '),
    text: text.replace('\n\n-- \n\n', '\n\n-- \n'),
    html: `<!doctype html>\n<html lang="${language}">\n<body style="margin:0;padding:32px 24px;background:#ffffff">\n${html}\n</body>\n</html>\n`,
  };
}

const FOOT: Readonly<Record<Language, string>> = {
  en: 'Weft, orders between webshops and ERP systems. This mail was sent by a machine; nobody reads answers to it.',
  sv: 'Weft, order mellan webbutiker och affärssystem. Mejlet är skickat av en maskin; ingen läser svar på det.',
};

/** The way to a new password; `link` works once, for an hour. */
export function resetLetter(to: string, language: Language, link: string): Mail {
  const words = {
    en: {
      subject: 'A new password for Weft',
      paragraphs: [
        'Somebody, most likely you, has asked for a new password for this address.',
        'The link works once, and for one hour. If it was not you, do nothing: your password stays as it is.',
      ],
      label: 'Choose a new password',
    },
    sv: {
      subject: 'Nytt lösenord till Weft',
      paragraphs: [
        'Någon, troligen du, har bett om ett nytt lösenord för den här adressen.',
        'Länken fungerar en gång och i en timme. Om det inte var du behöver du inte göra något: ditt lösenord gäller som förut.',
      ],
      label: 'Välj nytt lösenord',
    },
  }[language];
  return set(to, language, { ...words, link: { label: words.label, href: link }, foot: FOOT[language] });
}

/** Told after the fact, so that a theft does not go unnoticed. */
export function passwordChangedLetter(to: string, language: Language, link: string): Mail {
  const words = {
    en: {
      subject: 'Your password for Weft was changed',
      paragraphs: [
        'The password of this address has just been changed, and its other sessions have ended.',
        'If it was not you, ask for a new password at once and tell your account manager.',
      ],
      label: 'Ask for a new password',
    },
    sv: {
      subject: 'Ditt lösenord till Weft har ändrats',
      paragraphs: [
        'Lösenordet för den här adressen har just ändrats, och övriga inloggningar är avslutade.',
        'Om det inte var du: begär ett nytt lösenord genast och berätta det för din kundansvarige.',
      ],
      label: 'Begär nytt lösenord',
    },
  }[language];
  return set(to, language, { ...words, link: { label: words.label, href: link }, foot: FOOT[language] });
}

interface StaffWords {
  readonly to: string;
  readonly language: Language;
  readonly link: string;
  readonly inviter: string;
}

/** The way to a first password for one of Weft's own; `link` works once, for a week. */
export function staffLetter({ to, language, link, ...named }: StaffWords): Mail {
  const inviter = tame(named.inviter);
  const words = {
    en: {
      subject: 'Your account in Weft',
      paragraphs: [
        `${inviter} has made an account in Weft for you. Choose a password, and you are in.`,
        'The link works once, and for a week. If you did not expect it, do nothing.',
      ],
      label: 'Choose a password',
    },
    sv: {
      subject: 'Ditt konto i Weft',
      paragraphs: [
        `${inviter} har skapat ett konto i Weft åt dig. Välj ett lösenord, så är du inne.`,
        'Länken fungerar en gång och i en vecka. Om du inte väntade dig den behöver du inte göra något.',
      ],
      label: 'Välj lösenord',
    },
  }[language];
  return set(to, language, { ...words, link: { label: words.label, href: link }, foot: FOOT[language] });
}

export interface InvitationWords {
  readonly to: string;
  readonly language: Language;
  readonly link: string;
  /** Who invites, and to which customer. */
  readonly inviter: string;
  readonly tenant: string;
}

/** The way in for somebody new; `link` works once, for a week. */
export function invitationLetter({ to, language, link, ...named }: InvitationWords): Mail {
  const [inviter, tenant] = [tame(named.inviter), tame(named.tenant)];
  const words = {
    en: {
      subject: `You are invited to ${tenant} in Weft`,
      paragraphs: [
        `${inviter} invites you to ${tenant} in Weft, where orders go from the webshop to the ERP system by themselves.`,
        'The link works once, and for a week. If you did not expect it, do nothing.',
      ],
      label: 'Accept the invitation',
    },
    sv: {
      subject: `Du är inbjuden till ${tenant} i Weft`,
      paragraphs: [
        `${inviter} bjuder in dig till ${tenant} i Weft, där order går från webbutiken till affärssystemet av sig själva.`,
        'Länken fungerar en gång och i en vecka. Om du inte väntade dig den behöver du inte göra något.',
      ],
      label: 'Tacka ja',
    },
  }[language];
  return set(to, language, { ...words, link: { label: words.label, href: link }, foot: FOOT[language] });
}

export interface CodeOffWords {
  readonly to: string;
  readonly language: Language;
  /** The customer's overview, where it stands until somebody gives the code another chance. */
  readonly link: string;
  readonly program: string;
  readonly tenant: string;
}

/** Code of the customer's own had to be stopped three times in ten minutes. */
export function codeOffLetter({ to, language, link, ...named }: CodeOffWords): Mail {
  const [program, tenant] = [tame(named.program), tame(named.tenant)];
  const words = {
    en: {
      subject: `Code was switched off for ${tenant} in Weft`,
      paragraphs: [
        `“${program}” had to be stopped three times in ten minutes, since it computed too long or took too much memory. It is now switched off.`,
        'Flows that use it fail at that step until the code has been mended, or given another chance. Nothing is lost: those runs wait to be sent again.',
      ],
      label: 'See what is to be done',
    },
    sv: {
      subject: `Kod har slagits av för ${tenant} i Weft`,
      paragraphs: [
        `”${program}” fick stoppas tre gånger på tio minuter, eftersom den räknade för länge eller tog för mycket minne. Den är nu avslagen.`,
        'Flöden som använder den misslyckas i det steget tills koden är lagad, eller får en ny chans. Inget går förlorat: de körningarna väntar på att skickas om.',
      ],
      label: 'Se vad som ska göras',
    },
  }[language];
  return set(to, language, { ...words, link: { label: words.label, href: link }, foot: FOOT[language] });
}
