import fc from 'fast-check';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, test } from 'vitest';
import { Markdown } from './markdown.tsx';
import { followable, type Inline, parseMarkdown } from './parse.ts';

const html = (text: string): string => renderToStaticMarkup(<Markdown text={text} />);

describe('Markdown', () => {
  test.each([
    ['# Pris', '<p class="heading-1"><strong>Pris</strong></p>'],
    ['### Pris', '<p class="heading-3"><strong>Pris</strong></p>'],
    ['#pris', '<p>#pris</p>'],
    ['ett\ntvå\n\ntre', '<p>ett<br/>två</p><p>tre</p>'],
    ['**fet** och *lutad*', '<p><strong>fet</strong> och <em>lutad</em></p>'],
    ['_lutad_ men snake_case_namn', '<p><em>lutad</em> men snake_case_namn</p>'],
    ['2 * 3 * 4', '<p>2 * 3 * 4</p>'],
    ['`a **b**`', '<p><code>a **b**</code></p>'],
    ['\\*inte lutad\\*', '<p>*inte lutad*</p>'],
    ['- ett\n- två', '<ul><li>ett</li><li>två</li></ul>'],
    ['3. tre\n4. fyra', '<ol start="3"><li>tre</li><li>fyra</li></ol>'],
    ['- ett\n1. två', '<ul><li>ett</li></ul><ol><li>två</li></ol>'],
    ['> sagt\n> igen', '<blockquote>sagt<br/>igen</blockquote>'],
    ['```\n# kod\n```\nefter', '<pre><code># kod</code></pre><p>efter</p>'],
    ['```\nöppen', '<pre><code>öppen</code></pre>'],
    ['text\n- punkt', '<p>text</p><ul><li>punkt</li></ul>'],
  ])('reads %j', (text, expected) => {
    expect(html(text)).toBe(expected);
  });

  const REL = 'target="_blank" rel="noopener noreferrer nofollow" class="nodrag"';

  test('follows links to the web and to mail only, in a tab that knows nothing of this one', () => {
    expect(html('[bok](https://example.com/a?b=1&c)')).toBe(
      `<p><a href="https://example.com/a?b=1&amp;c" ${REL}>bok</a></p>`,
    );
    expect(html('[skriv](mailto:a@example.com)')).toContain('href="mailto:a@example.com"');
    expect(html('se https://example.com/x.')).toBe(
      `<p>se <a href="https://example.com/x" ${REL}>https://example.com/x</a>.</p>`,
    );
    for (const address of [
      'javascript:alert`1`',
      'JaVaScRiPt:alert`1`',
      'data:text/html,x',
      'vbscript:x',
      '//example.com',
      '/account',
      'https:example.com',
      'ftp://example.com',
    ]) {
      expect([address, followable(address)]).toEqual([address, null]);
      expect(html(`[x](${address})`)).not.toContain('<a');
    }
  });

  const marks = fc.constantFrom(
    '*',
    '_',
    '`',
    '[',
    ']',
    '(',
    ')',
    '<',
    '>',
    '#',
    '-',
    '1.',
    '\\',
    '\n',
    ' ',
    '"',
    "'",
    '&',
  );
  const words = fc.constantFrom(
    'a',
    'å',
    '<script>',
    'javascript:x',
    'https://e.se',
    'onload=',
    '```',
    'mailto:x@e.se',
    '://',
  );
  const writing = fc.array(fc.oneof(marks, words), { maxLength: 60 }).map((parts) => parts.join(''));
  const links = (of: readonly Inline[]): string[] =>
    of.flatMap((each) => [...(each.kind === 'link' ? [each.href] : []), ...('of' in each ? links(each.of) : [])]);

  test('makes no element of what was typed but its own, and no link but safe ones', () => {
    const OWN =
      /<\/?(?:p|ul|ol|li|blockquote|pre|code|strong|em|br\/|a)(?: (?:href|target|rel|class|start)="[^"<>]*")*>/g;
    fc.assert(
      fc.property(writing, (text) => {
        expect(html(text).replace(OWN, '')).not.toMatch(/[<>]/);
        for (const block of parseMarkdown(text)) {
          const runs = block.kind === 'list' ? block.items : 'of' in block ? [block.of] : [];
          for (const href of runs.flatMap(links)) expect(href).toMatch(/^(https?:\/\/|mailto:)/);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('loses no letter of what was typed', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(marks, fc.constantFrom('x', 'y', 'z')), { maxLength: 80 }), (parts) => {
        const text = parts.join('');
        // what follows a fence names a language, which is not shown
        fc.pre(!text.includes('```'));
        const letters = (of: string) => of.replace(/&#?\w+;|<[^>]*>/g, '').replace(/[^xyz]/g, '');
        expect(letters(html(text))).toBe(text.replace(/[^xyz]/g, ''));
      }),
      { numRuns: 500 },
    );
  });

  test('is read at once, however it is made: the longest note of marks alone', () => {
    for (const mark of ['*', '**', '_', '__', '[', '](', '`', '**a', '_a ', '[a](', '> ', '- a\n', '\\', '(https://'])
      expect(() => html(mark.repeat(4000 / mark.length))).not.toThrow();
  }, 5000);
});
