import { type AnyConnector, type ChangeSource, isWrite } from '#runtime/connector.ts';
import { packageOf } from '#runtime/package.ts';
import { catalog } from './catalog.ts';
import { type Command, CommandError } from './command.ts';
import { tableLines } from './table.ts';

export const connectors: Command = {
  usage: '[ID]',
  summary: 'Lists the systems a connection can be made to, or what one of them can do.',
  help: `
  ID  such as fortnox; its settings and secrets by name, how it learns of changes, what it offers, and the class of each write:
      A it drops duplicates itself, B it can be looked up by our reference, C a person decides when an answer is lost`,
  options: {},
  words: [0, 1],
  run: async (typed, terminal) => {
    const [id] = typed.words;
    if (id === undefined) {
      const rows = catalog.connectors.map((each) => [each.id, each.kind, packageOf(each.feature), each.title]);
      for (const line of tableLines([['ID', 'KIND', 'PACKAGE', 'TITLE'], ...rows])) terminal.out(line);
      return 0;
    }
    const connector = catalog.connector(id);
    if (!connector) {
      const known = catalog.connectors.map((each) => each.id).join(', ');
      throw new CommandError(`there is no connector "${id}"; there are ${known}`);
    }
    for (const line of detail(connector)) terminal.out(line);
    return 0;
  },
};

function detail(connector: AnyConnector): string[] {
  const { rate } = connector;
  const offers = connector.offers.map((offer) => [
    `  ${offer.capability.name}`,
    isWrite(offer) ? `write, class ${offer.class}` : 'read',
  ]);
  const cannot = Object.entries(connector.cannot ?? {}).map(([name, why]) => [`  ${name}`, why.en]);
  return [
    `${connector.id}  ${connector.title} (${connector.kind})`,
    `Package   ${packageOf(connector.feature)}`,
    `Settings  ${Object.keys(connector.settings.shape).join(', ') || '-'}`,
    `Secrets   ${Object.keys(connector.secrets.shape).join(', ') || '-'}${signInOf(connector)}`,
    `Limit     ${rate ? `${rate.requests} requests in ${rate.perMs} ms` : 'none'}`,
    ...(connector.changes.length > 0 ? ['Changes', ...tableLines(connector.changes.map(changeLine))] : []),
    connector.tailor ? 'Offers what a connection’s settings have requests for' : 'Offers',
    ...tableLines(offers),
    ...(cannot.length > 0 && !connector.tailor ? ['Cannot', ...tableLines(cannot)] : []),
  ];
}

const BRINGS = {
  changed: 'what has changed',
  'known-open': 'what has changed, and all that is not finished',
  all: 'everything',
} as const;

/** How changes of one kind of record are noticed: told by webhooks, asked for by polls, or both. */
function changeLine({ entity, webhookTopics = [], poll }: ChangeSource): string[] {
  const asked = poll ? `asked every ${poll.everyMs / 1000} s for ${BRINGS[poll.brings ?? 'changed']}` : 'never asked';
  const told = webhookTopics.length > 0 ? `signed webhooks; ` : '';
  const overlap = poll ? `, ${poll.overlapMs / 1000} s over` : '';
  return [`  ${entity}`, `${told}${asked}${overlap}`];
}

function signInOf({ oauth, signIn }: AnyConnector): string {
  if (oauth) return '; signed in by OAuth';
  return signIn ? '; traded for a token that is renewed' : '';
}
