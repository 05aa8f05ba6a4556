import type { Texts } from '../texts.ts';

export const visit: Texts<typeof import('../en/visit.ts').visit> = {
  looking: 'Du tittar på {{name}} som administratör. Du kan läsa men inte ändra något.',
  editing: 'Du ändrar hos {{name}} som administratör till {{time}}. Det står i deras ändringslogg.',
  reason: 'Varför du behöver ändra något',
  reasonHint: 'Varför? Det står i deras ändringslogg.',
  reasonShort: 'Skriv med några ord varför.',
  begin: 'Ändra som administratör',
  end: 'Sluta ändra',
};
