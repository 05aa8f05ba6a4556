import type { Texts } from '../texts.ts';

export const palette: Texts<typeof import('../en/palette.ts').palette> = {
  label: 'Kommandon',
  placeholder: 'Sök ordernummer, flöde eller kommando',
  searchRuns: 'Sök ”{{text}}” bland körningar',
  count_one: '{{count}} kommando',
  count_other: '{{count}} kommandon',
  useTemplate: 'Nytt flöde från en mall',
  importFlow: 'Nytt flöde från en fil',
  connect: 'Ny anslutning',
  light: 'Ljust tema',
  dark: 'Mörkt tema',
  system: 'Tema som systemet',
  groups: {
    records: 'Poster',
    steps: 'Steg i flödet',
    flows: 'Flöden',
    connections: 'Anslutningar',
    places: 'Gå till',
    actions: 'Gör',
  },
};
