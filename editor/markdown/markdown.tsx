import type { ReactNode } from 'react';
import { type Block, type Inline, parseMarkdown } from './parse.ts';

function Run({ of }: { readonly of: readonly Inline[] }): ReactNode {
  return of.map((each, index) => {
    // the parts of a text have no names, and are drawn anew whenever it changes
    const key = `${index} ${each.kind}`;
    switch (each.kind) {
      case 'break':
        return <br key={key} />;
      case 'code':
        return <code key={key}>{each.text}</code>;
      case 'strong':
      case 'em': {
        const Tag = each.kind;
        return (
          <Tag key={key}>
            <Run of={each.of} />
          </Tag>
        );
      }
      case 'link':
        return (
          <a key={key} href={each.href} target="_blank" rel="noopener noreferrer nofollow" className="nodrag">
            <Run of={each.of} />
          </a>
        );
      default:
        return each.text;
    }
  });
}

const TAGS = { paragraph: 'p', quote: 'blockquote' } as const;

function Part({ block }: { readonly block: Block }) {
  if (block.kind === 'code')
    return (
      <pre>
        <code>{block.text}</code>
      </pre>
    );
  if (block.kind === 'list') {
    const Tag = block.ordered ? 'ol' : 'ul';
    return (
      <Tag {...(block.ordered && block.start !== 1 ? { start: block.start } : {})}>
        {block.items.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the items of a text have no names
          <li key={index}>
            <Run of={item} />
          </li>
        ))}
      </Tag>
    );
  }
  // a note's own headings are no headings of the page, whose order they would break
  if (block.kind === 'heading')
    return (
      <p className={`heading-${block.level}`}>
        <strong>
          <Run of={block.of} />
        </strong>
      </p>
    );
  const Tag = TAGS[block.kind];
  return (
    <Tag>
      <Run of={block.of} />
    </Tag>
  );
}

/** A text with its marks read. It is made of elements, never of HTML: whatever was typed stays text. */
export function Markdown({ text }: { readonly text: string }) {
  return parseMarkdown(text).map((block, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of a text have no names
    <Part key={index} block={block} />
  ));
}
