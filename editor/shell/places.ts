/** Where `g` and a second letter lead. */
export const PLACES = {
  o: { to: '/a/$account', key: 'shell.keys.overview' },
  f: { to: '/a/$account/flows', key: 'shell.keys.flows' },
  r: { to: '/a/$account/runs', key: 'shell.keys.runs' },
  c: { to: '/a/$account/connections', key: 'shell.keys.connections' },
  a: { to: '/a/$account/findings', key: 'shell.keys.findings' },
} as const;
