/** A run of text within a block. `href` is one that may be followed; any other stays text. */
export type Inline =
  | { readonly kind: 'text' | 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'em'; readonly of: readonly Inline[] }
  | { readonly kind: 'link'; readonly href: string; readonly of: readonly Inline[] }
  | { readonly kind: 'break' };

export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly of: readonly Inline[] }
  | { readonly kind: 'paragraph' | 'quote'; readonly of: readonly Inline[] }
  | {
      readonly kind: 'list';
      readonly ordered: boolean;
      readonly start: number;
      readonly items: readonly (readonly Inline[])[];
    }
  | { readonly kind: 'code'; readonly text: string };

const FOLLOWED = new Set(['http:', 'https:', 'mailto:']);

/** The address as a browser reads it, where it is one that may be followed; a way within the product is none. */
export function followable(address: string): string | null {
  if (!/^(https?:\/\/|mailto:)/i.test(address) || !URL.canParse(address)) return null;
  const { protocol, href } = new URL(address);
  return FOLLOWED.has(protocol) ? href : null;
}

// each alternative ends at the first character that closes it, so that no text takes more than one look at each character
const MARKS =
  /(?<escape>\\[\\`*_[\]()#>-])|(?<code>`[^`\n]+`)|(?<link>\[[^[\]\n]{1,500}\]\([^\s()]{1,2000}\))|(?<strong>\*\*[^*\n]+\*\*|__[^_\n]+__)|(?<em>\*[^*\s][^*\n]*\*|(?<![\p{L}\p{N}])_[^_\s][^_\n]*_(?![\p{L}\p{N}]))|(?<bare>https?:\/\/[^\s<>()[\]]{1,2000})|(?<br>\n)/gu;

/** Full stops and the like after an address end the sentence, not the address. */
const TAIL = /[.,;:!?'"]+$/;

function link(whole: string): readonly Inline[] {
  const middle = whole.indexOf('](');
  const href = followable(whole.slice(middle + 2, -1));
  if (href === null) return [{ kind: 'text', text: whole }];
  // a link within a link is none
  const of = inline(whole.slice(1, middle)).map((each): Inline => (each.kind === 'link' ? unlinked(each) : each));
  return [{ kind: 'link', href, of }];
}

const unlinked = ({ of }: { readonly of: readonly Inline[] }): Inline => ({ kind: 'text', text: textOf(of) });

function bareLink(found: string): readonly Inline[] {
  const tail = TAIL.exec(found)?.[0] ?? '';
  const address = found.slice(0, found.length - tail.length);
  const href = followable(address);
  if (href === null) return [{ kind: 'text', text: found }];
  const rest: readonly Inline[] = tail === '' ? [] : [{ kind: 'text', text: tail }];
  return [{ kind: 'link', href, of: [{ kind: 'text', text: address }] }, ...rest];
}

function marked(found: string, groups: Readonly<Record<string, string | undefined>>): readonly Inline[] {
  if (groups['escape'] !== undefined) return [{ kind: 'text', text: found.slice(1) }];
  if (groups['code'] !== undefined) return [{ kind: 'code', text: found.slice(1, -1) }];
  if (groups['link'] !== undefined) return link(found);
  if (groups['strong'] !== undefined) return [{ kind: 'strong', of: inline(found.slice(2, -2)) }];
  if (groups['em'] !== undefined) return [{ kind: 'em', of: inline(found.slice(1, -1)) }];
  if (groups['bare'] !== undefined) return bareLink(found);
  return [{ kind: 'break' }];
}

function inline(text: string): readonly Inline[] {
  const found: Inline[] = [];
  let at = 0;
  for (const match of text.matchAll(MARKS)) {
    if (match.index > at) found.push({ kind: 'text', text: text.slice(at, match.index) });
    found.push(...marked(match[0], match.groups ?? {}));
    at = match.index + match[0].length;
  }
  if (at < text.length) found.push({ kind: 'text', text: text.slice(at) });
  return found;
}

/** What is read of it, without its marks. */
export function textOf(of: readonly Inline[]): string {
  return of
    .map((each) => {
      if (each.kind === 'break') return '\n';
      return 'of' in each ? textOf(each.of) : each.text;
    })
    .join('');
}

const HEADING = /^(#{1,3})\s+(\S.*)$/;
const ITEM = /^\s{0,3}(?:[-*+]|(\d{1,4})[.)])\s+(\S.*)$/;
const QUOTE = /^>\s?(.*)$/;
const FENCE = '```';

/** Lines from one place on, as long as they are of one kind. */
function runOf(lines: readonly string[], from: number, holds: (line: string) => boolean): readonly string[] {
  let to = from;
  while (to < lines.length && holds(lines[to] ?? '')) to++;
  return lines.slice(from, to);
}

type Taken = readonly [block: Block, lines: number];

function fenced(lines: readonly string[], from: number): Taken {
  const inside = runOf(lines, from + 1, (line) => line.trim() !== FENCE);
  return [{ kind: 'code', text: inside.join('\n') }, inside.length + 2];
}

const numberOf = (line: string): string | undefined => ITEM.exec(line)?.[1];

function list(lines: readonly string[], from: number): Taken {
  const first = numberOf(lines[from] ?? '');
  const ordered = first !== undefined;
  const mine = runOf(lines, from, (line) => ITEM.test(line) && (numberOf(line) !== undefined) === ordered);
  const items = mine.map((line) => inline(ITEM.exec(line)?.[2] ?? ''));
  return [{ kind: 'list', ordered, start: Number(first ?? 1), items }, mine.length];
}

function blockAt(lines: readonly string[], from: number): Taken {
  const line = lines[from] ?? '';
  const heading = HEADING.exec(line);
  if (heading) {
    const level = (heading[1] ?? '#').length as 1 | 2 | 3;
    return [{ kind: 'heading', level, of: inline(heading[2] ?? '') }, 1];
  }
  if (line.trimStart().startsWith(FENCE)) return fenced(lines, from);
  if (ITEM.test(line)) return list(lines, from);
  if (QUOTE.test(line)) {
    const mine = runOf(lines, from, (each) => QUOTE.test(each));
    return [{ kind: 'quote', of: inline(mine.map((each) => QUOTE.exec(each)?.[1] ?? '').join('\n')) }, mine.length];
  }
  const plain = (each: string) =>
    each.trim() !== '' &&
    !HEADING.test(each) &&
    !ITEM.test(each) &&
    !QUOTE.test(each) &&
    !each.trimStart().startsWith(FENCE);
  const mine = runOf(lines, from, plain);
  return [{ kind: 'paragraph', of: inline(mine.join('\n')) }, mine.length];
}

/**
 * A safe part of Markdown: headings, lists, quotes, code, bold, italics and links to http, https and mailto. All else, HTML too,
 * is the text it is.
 */
export function parseMarkdown(text: string): readonly Block[] {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    if ((lines[at] ?? '').trim() === '') {
      at++;
      continue;
    }
    const [block, taken] = blockAt(lines, at);
    blocks.push(block);
    at += Math.max(1, taken);
  }
  return blocks;
}
