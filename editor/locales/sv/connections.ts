import type { Texts } from '../texts.ts';

export const connections: Texts<typeof import('../en/connections.ts').connections> = {
  title: 'Anslutningar',
  lead: 'Systemen som Weft läser från och skriver till.',
  ready: 'Redo',
  signInNeeded: 'Logga in igen',
  disabled: 'Avstängd',
  test: 'Testa',
  testing: 'Testar…',
  testOk: 'Svarar: {{label}}',
  testFailed: 'Testet gick inte',
  signIn: 'Logga in',
  expired_one:
    'Inloggningen till {{names}} gäller inte längre. Logga in, så fortsätter väntande körningar av sig själva.',
  expired_other:
    'Inloggningarna till {{names}} gäller inte längre. Logga in, så fortsätter väntande körningar av sig själva.',
  empty: 'Inga anslutningar ännu',
  emptyHelp:
    'En anslutning är ett konto i ett system: din butik, ditt affärssystem. Din kundansvarige lägger till de första.',
  changes: 'Så märks ändringar',
  told: 'systemet säger till genast (signerad webhook)',
  asked: {
    changed: 'tillfrågas var {{minutes}} min om vad som ändrats',
    'known-open': 'tillfrågas var {{minutes}} min om vad som ändrats och allt som inte är klart',
    all: 'allt läses var {{minutes}} min',
  },
  kind: { shop: 'Butik', erp: 'Affärssystem', other: 'System' },
};
