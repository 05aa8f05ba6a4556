import { describe, expect, test } from 'vitest';
import { audit as enAudit } from './en/audit.ts';
import { canvas as enCanvas } from './en/canvas.ts';
import { firstSteps as enFirst } from './en/first-steps.ts';
import { en } from './en/index.ts';
import { projects as enProjects } from './en/projects.ts';
import { tenants as enTenants } from './en/tenants.ts';
import { audit as svAudit } from './sv/audit.ts';
import { canvas as svCanvas } from './sv/canvas.ts';
import { firstSteps as svFirst } from './sv/first-steps.ts';
import { sv } from './sv/index.ts';
import { projects as svProjects } from './sv/projects.ts';
import { tenants as svTenants } from './sv/tenants.ts';

type Tree = { readonly [key: string]: string | Tree };

function leaves(tree: Tree, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    const here = path === '' ? key : `${path}.${key}`;
    if (typeof value === 'string') found.set(here, value);
    else for (const [inner, text] of leaves(value, here)) found.set(inner, text);
  }
  return found;
}

const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();

describe('the two languages', () => {
  const english = leaves({
    ...en,
    audit: enAudit,
    canvas: enCanvas,
    firstSteps: enFirst,
    projects: enProjects,
    tenants: enTenants,
  });
  const swedish = leaves({
    ...sv,
    audit: svAudit,
    canvas: svCanvas,
    firstSteps: svFirst,
    projects: svProjects,
    tenants: svTenants,
  });

  test('have the same keys', () => {
    expect([...swedish.keys()]).toEqual([...english.keys()]);
  });

  test('leave no text empty and name the same values in each', () => {
    for (const [key, text] of english) {
      expect(text.trim(), key).not.toBe('');
      expect(swedish.get(key)?.trim(), key).not.toBe('');
      expect(placeholders(swedish.get(key) ?? ''), key).toEqual(placeholders(text));
    }
  });

  test('keep the words of programmers out of what people read', () => {
    for (const [key, text] of [...english, ...swedish])
      expect(text, key).not.toMatch(/\b(null|undefined|payload|exception|exekvering|deploy)\b/i);
  });
});
