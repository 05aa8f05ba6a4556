/** Small parts that both pages use: making elements, words, amounts and polling. */

/** Makes an element; text children are text, never markup. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'onclick') element.addEventListener('click', value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export const language = document.documentElement.lang === 'en' ? 'en' : 'sv';
const locale = language === 'en' ? 'en-GB' : 'sv-SE';

/** Puts the words of the page's language where `data-word` asks for them. */
export function speak(words) {
  const own = words[language];
  for (const element of document.querySelectorAll('[data-word]')) element.textContent = own[element.dataset.word];
  document.title = own.title;
  return own;
}

export function money(amount, currency) {
  const number = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return `${number.format(Number(amount))} ${currency}`;
}

export function time(iso) {
  return new Date(iso).toLocaleTimeString(locale);
}

export async function send(path, body) {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  const data = text === '' ? {} : JSON.parse(text);
  if (answer.ok) return data;
  throw new Error(data.message ?? data.ErrorInformation?.Message ?? data.error ?? `${answer.status}`);
}

/** Reads `path` about every second while the page is seen, and draws when something changed. */
export function follow(path, draw, lost) {
  let before = '';
  let timer = 0;
  const read = async () => {
    clearTimeout(timer);
    try {
      const answer = await fetch(path);
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
      if (text !== before) draw(JSON.parse(text));
      before = text;
      lost(false);
    } catch {
      lost(true);
    }
    if (!document.hidden) timer = setTimeout(read, 1000);
  };
  document.addEventListener('visibilitychange', () => document.hidden || read());
  read();
  return read;
}
