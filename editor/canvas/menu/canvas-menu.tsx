import { Menu } from '@base-ui/react/menu';
import { Check, ChevronRight } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { pageLandmark } from '../../ui/landmark.ts';
import type { Act, MenuEntry } from './acts.ts';

interface CanvasMenuProps {
  readonly label: string;
  readonly entries: readonly MenuEntry[];
  readonly at: { readonly x: number; readonly y: number };
  readonly onClose: () => void;
}

function Item({ act, onPick }: { readonly act: Act; readonly onPick: (act: Act) => void }) {
  const { icon: Icon, label, keys, reason, danger, swatch } = act;
  if (act.chosen !== undefined)
    return (
      <Menu.CheckboxItem className="it act" checked={act.chosen} closeOnClick onClick={() => onPick(act)}>
        <span className="swatch" data-colour={swatch} aria-hidden="true" />
        <span className="min-w-0 flex-1">{label}</span>
        {act.chosen && <Check className="i i-14" aria-hidden />}
      </Menu.CheckboxItem>
    );
  return (
    <Menu.Item className="it act" disabled={reason !== undefined} onClick={() => onPick(act)} data-danger={danger}>
      <Icon className="i i-14" aria-hidden />
      <span className="min-w-0 flex-1">
        <span className="block">{label}</span>
        {reason !== undefined && <span className="why">{reason}</span>}
      </span>
      {keys !== undefined && <kbd className="kbd">{keys}</kbd>}
    </Menu.Item>
  );
}

interface EntryProps {
  readonly entry: Exclude<MenuEntry, 'rule'>;
  readonly onPick: (act: Act) => void;
}

function Entry({ entry, onPick }: EntryProps) {
  if (!('acts' in entry)) return <Item act={entry} onPick={onPick} />;
  const { icon: Icon, label, reason } = entry;
  return (
    <Menu.SubmenuRoot>
      <Menu.SubmenuTrigger className="it act" disabled={reason !== undefined}>
        <Icon className="i i-14" aria-hidden />
        <span className="min-w-0 flex-1">
          <span className="block">{label}</span>
          {reason !== undefined && <span className="why">{reason}</span>}
        </span>
        <ChevronRight className="i i-14" aria-hidden />
      </Menu.SubmenuTrigger>
      <Menu.Portal container={pageLandmark()}>
        <Menu.Positioner positionMethod="fixed" className="z-50">
          <Menu.Popup className="menu canvas-menu" onContextMenu={(event) => event.preventDefault()}>
            {entry.acts.map((act) => (
              <Item key={act.id} act={act} onPick={onPick} />
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.SubmenuRoot>
  );
}

const drawn = (): HTMLElement | null => document.querySelector<HTMLElement>('.canvas-box, .outline-view');

/** The menu where it was asked for. */
export function CanvasMenu({ label, entries, at, onClose }: CanvasMenuProps) {
  const anchor = useMemo(() => ({ getBoundingClientRect: () => new DOMRect(at.x, at.y, 0, 0) }), [at]);
  const [open, setOpen] = useState(true);
  const picked = useRef<Act>(undefined);
  // done when the menu is gone and has given the focus back, so that what it opens keeps the focus
  const closed = () => {
    onClose();
    if (!picked.current) return;
    drawn()?.focus();
    picked.current.run();
  };
  return (
    <Menu.Root
      open={open}
      modal={false}
      onOpenChange={setOpen}
      onOpenChangeComplete={(still) => {
        if (!still) closed();
      }}
    >
      <Menu.Portal container={pageLandmark()}>
        <Menu.Positioner
          anchor={anchor}
          positionMethod="fixed"
          side="bottom"
          align="start"
          collisionAvoidance={{ side: 'shift', align: 'shift' }}
          className="z-50"
        >
          <Menu.Popup
            className="menu canvas-menu"
            aria-label={label}
            onContextMenu={(event) => event.preventDefault()}
            finalFocus={() => (picked.current ? false : drawn())}
          >
            {entries.map((entry, index) =>
              entry === 'rule' ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: rules have no name, and the list does not change while it is open
                <Menu.Separator key={index} className="sep" />
              ) : (
                <Entry
                  key={entry.id}
                  entry={entry}
                  onPick={(act) => {
                    picked.current = act;
                  }}
                />
              ),
            )}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
