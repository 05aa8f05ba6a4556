import { Menu } from '@base-ui/react/menu';
import type { ReactNode, RefObject } from 'react';
import { pageLandmark } from './landmark.ts';

interface MenuPopupProps {
  /** The landmark the open menu belongs to; absent: the page itself. */
  readonly within?: RefObject<HTMLElement | null>;
  readonly align?: 'start' | 'end';
  readonly children: ReactNode;
}

/** The open part of a menu. Its back lies over all else, so that nothing behind it is in reach while it is open. */
export function MenuPopup({ within, align = 'end', children }: MenuPopupProps) {
  return (
    <Menu.Portal container={within ?? pageLandmark()}>
      <Menu.Backdrop className="fixed inset-0 z-20" />
      <Menu.Positioner sideOffset={4} align={align} positionMethod="fixed" className="z-20">
        <Menu.Popup className="menu">{children}</Menu.Popup>
      </Menu.Positioner>
    </Menu.Portal>
  );
}
