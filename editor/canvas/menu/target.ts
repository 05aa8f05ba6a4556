/** What a menu is opened on. */
export type MenuTarget = 'step' | 'wire' | 'pane' | 'group' | 'note';
