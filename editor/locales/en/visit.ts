export const visit = {
  looking: 'You are looking at {{name}} as administrator. You can read, but not change anything.',
  editing: 'You are changing things at {{name}} as administrator until {{time}}. It stands in their audit log.',
  reason: 'Why you need to change something',
  reasonHint: 'Why? It stands in their audit log.',
  reasonShort: 'Say why in a few words.',
  begin: 'Edit as administrator',
  end: 'Stop editing',
} as const;
