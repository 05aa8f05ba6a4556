import type { Page } from 'playwright-core';
import type { WeftProcess } from './weft-process.ts';

/** The printed administrator signs in, and stands on the overview of the first customer. */
export async function enter(page: Page, { url, signIn }: WeftProcess): Promise<void> {
  await page.goto(url);
  await page.locator('#email').fill(signIn.email);
  await page.locator('#password').fill(signIn.password ?? '');
  await page.locator('form button[type=submit]').click();
  await page.waitForURL(/\/a\/\d+/);
}
