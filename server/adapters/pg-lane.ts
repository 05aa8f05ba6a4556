import pg from 'pg';

/** Whether an error says that the server or the way to it is gone, so that nothing is known of the statement under way. */
export function isDisconnect(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof TypeError) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string') return /connection|terminat|timeout|ended/i.test(error.message);
  // 08 connection exceptions, 57P01-57P05 shutdown and crash, 53300 too many connections, 25006 a standby or read-only server
  return (
    code.startsWith('08') || code.startsWith('57P') || code === '53300' || code === '25006' || code.startsWith('E')
  );
}

/** One connection of a lane: made at first use, made anew after it broke. */
export interface LaneClient {
  query<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>>;
  /** Statements sent so far. */
  readonly statements: number;
  end(): Promise<void>;
}

export function createLaneClient(config: pg.ClientConfig): LaneClient {
  let client: pg.Client | undefined;
  let connecting: Promise<pg.Client> | undefined;
  let statements = 0;
  let turn: Promise<unknown> = Promise.resolve();

  const connect = async (): Promise<pg.Client> => {
    const made = new pg.Client(config);
    made.on('error', () => {
      if (client === made) client = undefined;
    });
    made.on('end', () => {
      if (client === made) client = undefined;
    });
    await made.connect();
    client = made;
    return made;
  };

  const send = async <Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>> => {
    let at = client;
    if (!at) {
      connecting ??= connect().finally(() => {
        connecting = undefined;
      });
      at = await connecting;
    }
    statements++;
    try {
      return await at.query<Row>(query);
    } catch (error) {
      if (isDisconnect(error)) {
        if (client === at) client = undefined;
        void at.end().catch(() => undefined);
      }
      throw error;
    }
  };

  return {
    query: <Row extends pg.QueryResultRow>(query: pg.QueryConfig) => {
      // one at a time: the driver does not want a busy connection asked
      const mine = turn.then(() => send<Row>(query));
      turn = mine.catch(() => undefined);
      return mine;
    },
    get statements() {
      return statements;
    },
    end: async () => {
      await turn;
      const last = client;
      client = undefined;
      await last?.end().catch(() => undefined);
    },
  };
}

/** The server rolled the transaction back for the sake of another one, so the same again is right: 40001 serialization failure, 40P01 deadlock. */
const GAVE_WAY = new Set(['40001', '40P01']);
const MOST_GIVING_WAY = 5;
const GIVING_WAY_MS = 20;

const gaveWay = (error: unknown): boolean => GAVE_WAY.has(String((error as { readonly code?: unknown } | null)?.code));

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type Statement<Item, Result> = (items: readonly Item[], again: boolean) => Promise<readonly (Result | Error)[]>;

/**
 * Runs a batch as one statement. A lost connection: again until `giveUpMs` are over, for the statements are written so that
 * a second time does nothing. One that gave way to another: again after a moment. Any other error: row by row, so that one bad row fails alone. `again`: an earlier try may have gone through.
 */
export async function flushSafely<Item, Result>(
  items: readonly Item[],
  giveUpMs: number,
  statement: Statement<Item, Result>,
  again = false,
): Promise<readonly (Result | Error)[]> {
  const deadline = performance.now() + giveUpMs;
  let maybeDone = again;
  let yielded = 0;
  for (let attempt = 0; ; ) {
    try {
      return await statement(items, maybeDone);
    } catch (error) {
      if (gaveWay(error) && ++yielded <= MOST_GIVING_WAY) {
        // at once would be before the other has woken up: the same rows would be taken from it, and the same knot tied
        await pause((1 + Math.random()) * GIVING_WAY_MS * 2 ** (yielded - 1));
        continue;
      }
      if (!isDisconnect(error)) return rowByRow(items, deadline, statement, maybeDone, error);
      if (performance.now() > deadline) throw error;
      maybeDone = true;
      await pause(Math.min(1000, 50 * 2 ** attempt++));
    }
  }
}

async function rowByRow<Item, Result>(
  items: readonly Item[],
  deadline: number,
  statement: Statement<Item, Result>,
  again: boolean,
  error: unknown,
): Promise<readonly (Result | Error)[]> {
  if (items.length === 1) return [error instanceof Error ? error : new Error(String(error))];
  const results: (Result | Error)[] = [];
  for (const item of items) {
    results.push(...(await flushSafely([item], Math.max(0, deadline - performance.now()), statement, again)));
  }
  return results;
}
