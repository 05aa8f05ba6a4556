import { type LucideIcon, Puzzle, SearchCheck, Send, Shuffle, Split, Zap } from 'lucide-react';
import type { NodeManifest } from '#runtime/node.ts';
import { nodeIcons } from './node-icons.ts';

export type Kind = 'trigger' | 'match' | 'transform' | 'action' | 'plugin' | 'logic';

const KIND: Readonly<Record<NodeManifest['group'], Kind>> = {
  triggers: 'trigger',
  match: 'match',
  transform: 'transform',
  action: 'action',
  plugin: 'plugin',
  logic: 'logic',
};

const GLYPH: Readonly<Record<Kind, LucideIcon>> = {
  trigger: Zap,
  match: SearchCheck,
  transform: Shuffle,
  action: Send,
  plugin: Puzzle,
  logic: Split,
};

/** The kind a node is drawn as; a node the catalog does not know is drawn as logic, the plainest. */
export function kindOf(manifest: NodeManifest | undefined): Kind {
  return manifest ? KIND[manifest.group] : 'logic';
}

function Shape({ kind }: { readonly kind: Kind }) {
  const square = <rect x="1" y="1" width="34" height="34" rx="7" />;
  switch (kind) {
    case 'trigger':
      return <circle cx="18" cy="18" r="17" />;
    case 'match':
      return <path d="M9 1h18l8 8v18l-8 8H9l-8-8V9z" />;
    case 'transform':
      return (
        <>
          {square}
          <path d="M6 5h24" fill="none" />
        </>
      );
    case 'plugin':
      return (
        <>
          {square}
          <rect x="4.5" y="4.5" width="27" height="27" rx="4" fill="none" strokeDasharray="3 2.5" strokeWidth="1" />
        </>
      );
    case 'logic':
      return <path d="M18 .5 35.500 18 18 35.500 .5 18z" strokeLinejoin="round" />;
    default:
      return square;
  }
}

interface TileProps {
  readonly manifest: NodeManifest | undefined;
  readonly size?: 's20' | 's24';
}

/** The node's tile: its shape says the kind also without colour. */
export function Tile({ manifest, size }: TileProps) {
  const kind = kindOf(manifest);
  const Glyph = nodeIcons[manifest?.icon ?? ''] ?? GLYPH[kind];
  return (
    <span className={`tile k-${kind} ${size ?? ''}`} aria-hidden="true">
      <svg className="sh" viewBox="0 0 36 36" aria-hidden="true">
        <Shape kind={kind} />
      </svg>
      <Glyph className="i" />
    </span>
  );
}

/** The tile of a kind itself, for what stands for all nodes of it. */
export function KindTile({ group }: { readonly group: NodeManifest['group'] }) {
  const kind = KIND[group];
  const Glyph = GLYPH[kind];
  return (
    <span className={`tile s24 k-${kind}`} aria-hidden="true">
      <svg className="sh" viewBox="0 0 36 36" aria-hidden="true">
        <Shape kind={kind} />
      </svg>
      <Glyph className="i" />
    </span>
  );
}
