export const firstSteps = {
  title: 'Get started',
  progress: '{{done}} of {{count}} done',
  putAway: 'Put away',
  show: 'Get started: {{done}} of {{count}} done',
  done: 'done',
  open: 'not yet done',
  yourManager: 'Your account manager does this.',
  systems: {
    title: 'Connect the shop and the ERP system',
    help_zero: 'Sign in to both, so that Weft can read from one and write to the other.',
    help_one: 'One is ready. The other remains.',
    help_other: 'Both are ready.',
  },
  flow: { title: 'Choose a flow', help: 'Begin with a template: a ready flow with a few questions.' },
  published: { title: 'Publish the flow and turn it on', help: 'From then on it takes what comes by itself.' },
  carried: {
    title: 'See a first record go through',
    help: 'Place an order in the shop, and follow it step by step.',
  },
  colleague: { title: 'Invite a colleague', help: 'So that somebody is there when you are not.' },
} as const;
