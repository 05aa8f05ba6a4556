import { randomBytes } from 'node:crypto';
import { actingAs } from '../adapters/acting.ts';
import { createPools } from '../adapters/pg-pool.ts';
import { type Accounts, createAccounts, LastAdministrator } from '../auth/accounts.ts';
import { createMemberships, type Memberships } from '../auth/memberships.ts';
import { Role } from '../auth/permission.ts';
import { createUsers, EmailTaken, NewUser, type Users } from '../auth/users.ts';
import { type Command, CommandError, shellActor, type Terminal, type Typed } from './command.ts';
import { withDatabase } from './database.ts';
import { readGiven, shaped } from './given-file.ts';
import { tableLines } from './table.ts';

export const user: Command = {
  usage: 'list | add EMAIL | assign EMAIL | unassign EMAIL | password EMAIL | one-step EMAIL | remove EMAIL',
  summary: 'Looks after who may sign in.',
  help: `
  list                  everybody, with role and customers
  add EMAIL             makes an account
    --role ROLE         customer, customer-admin, kam, partner, support or admin; needed
    --name NAME         the e-mail's first part unless told
    --tenant N          a customer the person belongs to; repeat it. An admin needs none
  assign EMAIL          lets a person into customers: a KAM, support, or one of their own
    --tenant N          which; repeat it
  unassign EMAIL        takes a person out of customers
    --tenant N          which; repeat it
  password EMAIL        gives a new password and ends the person's sessions
  one-step EMAIL        turns two-step sign-in off, for who has lost the authenticator
  remove EMAIL          takes the account away and ends the person's sessions
  --password-file FILE  the password (10 to 200 characters), for add and password; - reads standard input.
                        Without it one is made and printed once`,
  options: {
    role: { type: 'string' },
    name: { type: 'string' },
    tenant: { type: 'string', multiple: true },
    'password-file': { type: 'string' },
  },
  words: [1, 2],
  run: async (typed, terminal) => {
    const [word = '', email = ''] = typed.words;
    const action = Object.hasOwn(actions, word) ? actions[word] : undefined;
    if (!action) throw new CommandError(`there is no "user ${word}"; there are ${Object.keys(actions).join(', ')}`);
    if ((email === '') !== (word === 'list'))
      throw new CommandError(word === 'list' ? `"user list" takes no e-mail` : `usage: weft user ${word} EMAIL`);
    return withDatabase(terminal, {}, async ({ database }) => {
      const pools = createPools(database, () => undefined, 2);
      try {
        const { app } = pools;
        const asked = {
          email,
          typed,
          terminal,
          accounts: createAccounts(pools),
          users: createUsers(app),
          memberships: createMemberships(app),
        };
        return await actingAs(shellActor(), () => action(asked));
      } catch (error) {
        if (error instanceof EmailTaken || error instanceof LastAdministrator)
          throw new CommandError(error.message, 1, { cause: error });
        throw error;
      } finally {
        await pools.end();
      }
    });
  },
};

interface Asked {
  readonly email: string;
  readonly typed: Typed;
  readonly terminal: Terminal;
  readonly accounts: Accounts;
  readonly users: Users;
  readonly memberships: Memberships;
}

const actions: Readonly<Record<string, (asked: Asked) => Promise<0 | 1>>> = {
  list,
  add,
  assign,
  unassign,
  password,
  'one-step': oneStep,
  remove,
};

async function list({ accounts, terminal }: Asked): Promise<0> {
  const rows = (await accounts.list()).map(({ email, name, role, tenants }) => [
    email,
    role,
    tenants.join(',') || '-',
    name,
  ]);
  for (const line of tableLines([['EMAIL', 'ROLE', 'CUSTOMERS', 'NAME'], ...rows])) terminal.out(line);
  return 0;
}

async function add({ email, typed, terminal, accounts, users }: Asked): Promise<0> {
  const role = typed.text('role');
  if (role === undefined) throw new CommandError(`--role is needed: one of ${Role.options.join(', ')}`);
  const tenants = typed.all('tenant').map(Number);
  const wish = { email, name: typed.text('name') ?? email.split('@')[0], role, tenants, password: 'x'.repeat(10) };
  const checked = shaped('user', NewUser, wish);
  const unknown = await accounts.unknownTenants(checked.tenants);
  if (unknown.length > 0) throw new CommandError(`--tenant: there is no customer ${unknown.join(', ')}`);
  const { text, made } = await passwordOf(typed);
  await users.create({ ...checked, password: text });
  terminal.out(made ? `${checked.email} may sign in with ${text} (shown this once)` : `${checked.email} may sign in`);
  return 0;
}

function tenantsOf(typed: Typed): readonly number[] {
  const tenants = typed.all('tenant').map(Number);
  if (tenants.length === 0) throw new CommandError('--tenant is needed: the number of a customer');
  return shaped('--tenant', NewUser.shape.tenants, tenants);
}

async function assign({ email, typed, terminal, memberships }: Asked): Promise<0> {
  for (const tenant of tenantsOf(typed)) {
    const person = await memberships.add(tenant, email);
    terminal.out(`${person.email} (${person.role}) belongs to customer ${tenant}`);
  }
  return 0;
}

async function unassign({ email, typed, terminal, memberships }: Asked): Promise<0> {
  for (const tenant of tenantsOf(typed)) {
    const person = (await memberships.list(tenant)).find((each) => each.email === email.toLowerCase());
    if (!person) throw new CommandError(`${email} does not belong to customer ${tenant}`, 1);
    await memberships.remove(tenant, person.id);
    terminal.out(`${person.email} does not belong to customer ${tenant} any more`);
  }
  return 0;
}

async function password({ email, typed, terminal, accounts }: Asked): Promise<0> {
  const { text, made } = await passwordOf(typed);
  if (!(await accounts.setPassword(email, text))) throw missing(email);
  terminal.out(made ? `${email} signs in with ${text} from now on (shown this once)` : `${email} has a new password`);
  return 0;
}

async function oneStep({ email, terminal, accounts }: Asked): Promise<0> {
  if (!(await accounts.secondStepOff(email)))
    throw new CommandError(`${email} has no two-step sign-in, or there is no such account`, 1);
  terminal.out(`${email} signs in with the password alone from now on`);
  return 0;
}

async function remove({ email, terminal, accounts }: Asked): Promise<0> {
  if (!(await accounts.remove(email))) throw missing(email);
  terminal.out(`${email} is removed`);
  return 0;
}

const missing = (email: string): CommandError => new CommandError(`there is no account of ${email}`, 1);

async function passwordOf(typed: Typed): Promise<{ readonly text: string; readonly made: boolean }> {
  const file = typed.text('password-file');
  if (file === undefined) return { text: randomBytes(12).toString('base64url'), made: true };
  // editors and echo end a file with a line break that nobody means
  const text = (await readGiven(file)).replace(/\r?\n$/, '');
  return { text: shaped(file, NewUser.shape.password, text), made: false };
}
