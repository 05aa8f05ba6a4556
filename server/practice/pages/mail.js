import { el, follow, language, speak } from './kit.js';

const words = speak({
  sv: {
    title: 'Övningsposten',
    lead: 'Hit kommer alla mejl som Weft skickar, så länge ingen mejlserver är inställd.',
    mails: 'Mejl',
    empty: 'Inga mejl än.',
    to: 'Till',
    lost: 'Weft svarar inte, eller så får du inte läsa posten härifrån.',
  },
  en: {
    title: 'Practice mailbox',
    lead: 'Every mail Weft sends lands here, as long as no mail server is set.',
    mails: 'Mails',
    empty: 'No mails yet.',
    to: 'To',
    lost: 'Weft does not answer, or you may not read the mails from here.',
  },
});

const at = (id) => document.getElementById(id);
const moment = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'sv-SE', {
  dateStyle: 'medium',
  timeStyle: 'medium',
});

/** Text as text; only what leads to Weft itself becomes a link. */
function linked(text, ownHost) {
  return text.split(/(https?:\/\/\S+)/).map((part) => {
    if (!URL.canParse(part)) return part;
    const { host } = new URL(part);
    return host === ownHost || host === location.host ? el('a', { href: part, class: 'mono' }, part) : part;
  });
}

function mailOf({ at: sent, to, subject, text }, ownHost) {
  return el(
    'article',
    { class: 'mail' },
    el('h3', {}, subject),
    el('p', { class: 'muted' }, `${words.to} ${to} · ${moment.format(sent)}`),
    el('div', { class: 'text' }, linked(text, ownHost)),
  );
}

follow(
  'page/mails',
  ({ mails, ownHost }) => {
    at('count').textContent = mails.length === 0 ? '' : String(mails.length);
    at('empty').hidden = mails.length > 0;
    at('mails').replaceChildren(...mails.map((mail) => mailOf(mail, ownHost)));
  },
  (lost) => {
    at('message').textContent = lost ? words.lost : '';
    at('message').classList.toggle('bad', lost);
  },
);
