export const connections = {
  title: 'Connections',
  lead: 'The systems Weft reads from and writes to.',
  ready: 'Ready',
  signInNeeded: 'Sign-in needed',
  disabled: 'Off',
  test: 'Test',
  testing: 'Testing…',
  testOk: 'Answers: {{label}}',
  testFailed: 'The test failed',
  signIn: 'Sign in',
  expired_one: 'The sign-in to {{names}} has expired. Sign in, and waiting runs go on by themselves.',
  expired_other: 'The sign-ins to {{names}} have expired. Sign in, and waiting runs go on by themselves.',
  empty: 'No connections yet',
  emptyHelp:
    'A connection is one account in one system: your shop, your ERP. Your account manager adds the first ones.',
  kind: { shop: 'Shop', erp: 'ERP', other: 'System' },
} as const;
