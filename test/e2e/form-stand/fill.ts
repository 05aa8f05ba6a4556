import type { Locator, Page } from 'playwright-core';
import { type Defs, resolved, type Schema, type Shape, shapeOf } from '#editor/form/schema.ts';
import type { Json, JsonObject } from '#runtime/json.ts';

/** A person who fills in a form field by field, by what stands on it. */
interface Filler {
  readonly page: Page;
  readonly defs: Defs;
}

const at = (page: Page, path: string): Locator => page.locator(`[data-field="${path.replaceAll('"', '\\"')}"]`);
const record = (value: Json): JsonObject => value as JsonObject;

async function fillAny({ page }: Filler, path: string, value: Json): Promise<void> {
  const field = at(page, path);
  const kind = field.locator('select').first();
  if (typeof value === 'string') {
    await kind.selectOption('text');
    await field.locator('input, textarea').first().fill(value);
  } else if (typeof value === 'number') {
    await kind.selectOption('number');
    await field.locator('input').first().fill(String(value));
  } else if (typeof value === 'boolean') {
    await kind.selectOption('boolean');
    await field.locator('select').nth(1).selectOption(String(value));
  } else {
    await kind.selectOption('json');
    await field.locator('textarea').fill(JSON.stringify(value));
  }
}

async function fillChoice({ page }: Filler, path: string, value: Json): Promise<void> {
  const radio = at(page, path).locator(`input[type=radio][value="${value}"]`);
  if ((await radio.count()) > 0) await radio.check();
  else await at(page, path).locator('select').first().selectOption(String(value));
}

async function fillChips({ page }: Filler, path: string, shape: Shape, values: readonly Json[]): Promise<void> {
  const field = at(page, path);
  while ((await field.locator('li').count()) > 0) await field.locator('li').first().locator('button').last().click();
  for (const value of values) {
    if (shape.kind === 'choices') await field.locator('select').selectOption(String(value));
    else {
      await field.locator('input').fill(String(value));
      await field.locator('input').press('Enter');
    }
  }
}

async function fillRows(filler: Filler, path: string, item: Schema, values: readonly Json[]): Promise<void> {
  for (const [index, value] of values.entries()) {
    await at(filler.page, path).locator('> .rows > button').click();
    await fillField(filler, item, `${path}[${index}]`, value);
  }
}

async function fillRecord(filler: Filler, path: string, item: Schema, value: JsonObject): Promise<void> {
  const rows = at(filler.page, path).locator('> .rows');
  for (const [index, [key, inner]] of Object.entries(value).entries()) {
    await rows.locator('> button').click();
    await rows.locator(`> [data-entry="${index}"] input`).first().fill(key);
    await fillField(filler, item, `${path}.${key}`, inner);
  }
}

async function fillField(filler: Filler, open: Schema, path: string, value: Json): Promise<void> {
  const { page, defs } = filler;
  const schema = resolved(open, defs);
  const shape = shapeOf(schema, defs);
  switch (shape.kind) {
    case 'text':
    case 'number':
    case 'single':
      return at(page, path).locator('input, textarea').first().fill(String(value));
    case 'boolean':
      return at(page, path)
        .locator('input')
        .setChecked(value === true);
    case 'choice':
      return fillChoice(filler, path, value);
    case 'texts':
    case 'choices':
      return fillChips(filler, path, shape, value as readonly Json[]);
    case 'rows':
      return fillRows(filler, path, shape.item, value as readonly Json[]);
    case 'record':
      return fillRecord(filler, path, shape.item, record(value));
    case 'any':
      return fillAny(filler, path, value);
    case 'object':
      return fillParts(filler, schema, path, record(value));
    case 'union':
      throw new Error('no node has a union in its config');
  }
}

async function fillParts(filler: Filler, schema: Schema, path: string, value: JsonObject): Promise<void> {
  for (const [name, inner] of Object.entries(value))
    await fillField(filler, schema.properties?.[name] ?? {}, path === '' ? name : `${path}.${name}`, inner);
}

/** Fills in an empty form until it says the value. */
export function fillForm(page: Page, schema: JsonObject, value: JsonObject): Promise<void> {
  const root = schema as Schema;
  return fillParts({ page, defs: root.$defs ?? {} }, root, '', value);
}
