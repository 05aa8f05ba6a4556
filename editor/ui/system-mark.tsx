/** Two letters where a licensed logo would go: `WooCommerce` is `Wo`, `Exempelbutiken AB` is `EA`. */
function monogram(name: string): string {
  const words = name.split(/[\s.@_-]+/).filter((word) => word !== '');
  const [first = '', second = ''] = words;
  if (words.length < 2) return first.slice(0, 1).toUpperCase() + first.slice(1, 2);
  return (first.slice(0, 1) + second.slice(0, 1)).toUpperCase();
}

interface SystemMarkProps {
  readonly name: string;
  readonly size?: 's' | 'l';
}

/** A system's mark; its name stands beside it or in its tooltip, so the mark itself is decoration. */
export function SystemMark({ name, size }: SystemMarkProps) {
  return <span className={`sys ${size ?? ''}`} title={name} aria-hidden="true" data-mark={monogram(name)} />;
}

/** A person's mark; the name stands beside it, or is read instead of it. */
export function PersonMark({ name }: { readonly name: string }) {
  return <span className="ava" aria-hidden="true" data-mark={monogram(name)} />;
}
