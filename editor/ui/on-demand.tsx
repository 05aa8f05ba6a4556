import { type ReactNode, Suspense, useState } from 'react';

interface OnDemandProps {
  readonly className: string;
  /** What the button shows. */
  readonly face: ReactNode;
  /** Fetches the menu; called as soon as the button is pointed at or focused. */
  readonly load: () => Promise<unknown>;
  /** The menu with its own trigger, opened at once. */
  readonly view: ReactNode;
}

/** A menu whose code is fetched when somebody reaches for it. */
export function OnDemand({ className, face, load, view }: OnDemandProps) {
  const [wanted, setWanted] = useState(false);
  const fetchIt = () => void load();
  const button = (
    <button
      type="button"
      className={className}
      aria-haspopup="menu"
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
