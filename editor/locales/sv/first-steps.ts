import type { firstSteps as en } from '../en/first-steps.ts';
import type { Texts } from '../texts.ts';

export const firstSteps: Texts<typeof en> = {
  title: 'Kom igång',
  progress: '{{done}} av {{count}} klara',
  putAway: 'Lägg undan',
  show: 'Kom igång: {{done}} av {{count}} klara',
  done: 'klart',
  open: 'inte klart än',
  yourManager: 'Det gör din kontaktperson.',
  systems: {
    title: 'Anslut butiken och affärssystemet',
    help_zero: 'Logga in i båda, så att Weft kan läsa från det ena och skriva till det andra.',
    help_one: 'Ett är klart. Det andra återstår.',
    help_other: 'Båda är klara.',
  },
  flow: { title: 'Välj ett flöde', help: 'Börja med en mall: ett färdigt flöde med några frågor.' },
  published: { title: 'Publicera flödet och slå på det', help: 'Sedan tar det emot allt som kommer av sig självt.' },
  carried: { title: 'Se en första post gå igenom', help: 'Lägg en order i butiken och följ den steg för steg.' },
  colleague: { title: 'Bjud in en kollega', help: 'Så att någon finns där när du inte gör det.' },
};
