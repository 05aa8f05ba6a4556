/** JSON as Tryton speaks it; read by whoever asked. */
// biome-ignore lint/suspicious/noExplicitAny: what another program answers to a test has whatever shape the test looks for
export type Answer = any;

/** A user at work in Tryton, past the connector. */
export interface Desk {
  call(method: string, ...params: unknown[]): Promise<Answer>;
  create(model: string, values: object): Promise<number>;
  write(model: string, id: number, values: object): Promise<void>;
  /** Presses a button, saying yes to every question. */
  press(model: string, button: string, ids: readonly number[]): Promise<void>;
  read(model: string, domain: unknown[], fields: readonly string[]): Promise<Answer[]>;
  count(model: string, domain: unknown[]): Promise<number>;
  /** Runs a wizard from its first view through the named states, each with its values. */
  wizard(name: string, data: object, states: readonly string[], context?: object): Promise<void>;
  /** From now on in this company. */
  enter(company: number): void;
}

interface Login {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

export const decimal = (value: string) => ({ __class__: 'Decimal', decimal: value });
export function day(iso: string) {
  const [year, month, date] = iso.split('-').map(Number);
  return { __class__: 'date', year, month, day: date };
}
export const today = (): string => new Date().toISOString().slice(0, 10);

/** Signs in and answers a desk. */
export async function openDesk({ url, user, password }: Login): Promise<Desk> {
  let authorization: string | undefined;
  const send = async (method: string, params: unknown[]): Promise<Answer> => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
      body: JSON.stringify({ id: 1, method, params }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} was answered ${answer.status}: ${text.slice(0, 300)}`);
    return JSON.parse(text) as Answer;
  };
  const login = await send('common.db.login', [user, { password }, 'en']);
  const [id, session] = login.result as [number, string];
  authorization = `Session ${Buffer.from(`${user}:${id}:${session}`).toString('base64')}`;
  let context: object = {};
  const call = async (method: string, ...params: unknown[]): Promise<Answer> => {
    for (;;) {
      const answer = await send(method, params);
      if (answer.error === undefined) return answer.result;
      const [name, words] = answer.error as [string, string[]];
      if (name !== 'UserWarning') throw new Error(`${method}: ${JSON.stringify(answer.error).slice(0, 900)}`);
      await send('model.res.user.warning.create', [[{ user: id, name: words[0], always: false }], {}]);
    }
  };
  const model = (name: string, method: string, ...params: unknown[]) =>
    call(`model.${name}.${method}`, ...params, context);
  return {
    call: (method, ...params) => call(method, ...params, context),
    create: async (name, values) => ((await model(name, 'create', [values])) as [number])[0],
    write: (name, of, values) => model(name, 'write', [of], values),
    press: (name, button, ids) => model(name, button, ids),
    read: (name, domain, fields) => model(name, 'search_read', domain, 0, null, [['id', 'ASC']], fields),
    count: (name, domain) => model(name, 'search_count', domain),
    async wizard(name, data, states, more = {}) {
      const within = { ...context, ...more };
      const [session_] = (await call(`wizard.${name}.create`, within)) as [number];
      for (const state of states) await call(`wizard.${name}.execute`, session_, data, state, within);
      await call(`wizard.${name}.delete`, session_, within);
    },
    enter(company) {
      context = { ...context, company };
    },
  };
}
