import { expect, test } from 'vitest';
import { builtInConnectors, builtInTemplates } from '#nodes/index.ts';
import { createCatalog } from '#runtime/catalog.ts';
import type { ConnectionSummary } from '#runtime/protocol.ts';
import { instantiate } from '#runtime/template.ts';
import { catalogAnswer } from '#server/routes/catalog.ts';
import { checkForm } from '../form/check.ts';
import { answersOf, fitting, obvious, questionSchema } from './questions.ts';

const { connectors } = catalogAnswer(createCatalog([], builtInConnectors));
const byId = new Map(connectors.map((each) => [each.id, each]));
const connection = (connector: string, id: string): ConnectionSummary => ({
  id,
  connector,
  title: connector,
  settings: {},
  secrets: [],
  grants: [],
  state: 'ready',
  reason: null,
  answeredAt: null,
  webhook: null,
  usedBy: [],
  updatedAt: 0,
});
const shop = connection('woocommerce', '00000000-0000-4000-8000-000000000001');
const erp = connection('fortnox', '00000000-0000-4000-8000-000000000002');

test('the accounts of an order flow are obvious where there is one shop and one ERP, and the rest has defaults', () => {
  const open: string[] = [];
  for (const { id, flow } of builtInTemplates) {
    const fits = (param: (typeof flow.params)[string]) => fitting(param, [shop, erp], byId);
    const answers = obvious(flow, fits);
    const faults = checkForm(
      questionSchema(flow, () => true, fits),
      answers,
    );
    if (faults.length > 0) open.push(id);
    else expect(instantiate(flow, answersOf(answers)).flow.nodes.length).toBeGreaterThan(1);
  }
  // either system could be either side of the others, or lacks what they ask for
  expect(open).not.toContain('orders-to-erp');
  expect(open).not.toContain('orders-to-erp-plain');
  expect(open).toContain('stock-to-shop');
});

test('a connection that is switched off or cannot do what is asked is not offered', () => {
  const param = { kind: 'connection', title: { en: 'Shop', sv: 'Butik' }, needs: ['orders.set-status'] } as const;
  expect(fitting({ ...param, needs: ['price-lists.list'] }, [shop, erp], byId)).toEqual([erp]);
  expect(fitting({ ...param, needs: [...param.needs] }, [{ ...shop, state: 'disabled' }], byId)).toEqual([]);
});
