import { type ReactNode, Suspense, useState } from 'react';

interface OnDemandProps {
  readonly className: string;
  /** What the button shows. */
  readonly face: ReactNode;
  /** Fetches the menu; called as soon as the button is pointed at or focused. */
  readonly load: () => Promise<unknown>;
  /** The menu with its own trigger, opened at once. */
  readonly view: ReactNode;
  readonly opens?: 'menu' | 'dialog';
  readonly title?: string;
}

/** A menu whose code is fetched when somebody reaches for it. */
export function OnDemand({ className, face, load, view, opens = 'menu', title }: OnDemandProps) {
  const [wanted, setWanted] = useState(false);
  const fetchIt = () => void load();
  const button = (
    <button
      type="button"
      className={className}
      title={title}
      aria-haspopup={opens}
      aria-expanded={wanted}
      onPointerEnter={fetchIt}
      onFocus={fetchIt}
      onClick={() => setWanted(true)}
    >
      {face}
    </button>
  );
  return wanted ? <Suspense fallback={button}>{view}</Suspense> : button;
}
