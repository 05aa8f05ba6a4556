import { expect, test } from 'vitest';
import { attackWithAddresses, attackWithoutGuard } from '#test/hostile/ssrf.ts';
import { hostAndPort, isGrantableAddress, isPublicAddress, readGrant } from './ssrf-guard.ts';

test('no spelling of an internal address gets through, and the internal server is not touched once', async () => {
  const report = await attackWithAddresses();
  expect(report.failed).toEqual([]);
  expect(report.internalHits).toBe(0);
  expect(report.cases).toBeGreaterThanOrEqual(100);
  expect(report.contained).toBe(report.cases);
}, 60_000);

test('the same addresses do reach an internal server through an unguarded door, so the cases bite', async () => {
  expect(await attackWithoutGuard()).toBeGreaterThanOrEqual(15);
}, 60_000);

test('public addresses are public, whatever their family', () => {
  for (const address of ['93.184.216.34', '1.1.1.1', '2606:2800:220:1::1', '::ffff:1.1.1.1']) {
    expect(isPublicAddress(address), address).toBe(true);
  }
  for (const address of ['', 'example.com', '127.0.0.1', 'fd00::1', '169.254.1.1', '::101:101', '3fff::1']) {
    expect(isPublicAddress(address), address).toBe(false);
  }
});

test('a grant opens private networks, never the cloud’s link-local addresses', () => {
  for (const address of ['10.0.0.1', '127.0.0.1', '::1', 'fd12::1', '192.168.1.1', '1.1.1.1']) {
    expect(isGrantableAddress(address), address).toBe(true);
  }
  for (const address of ['169.254.169.254', 'fe80::1', '0.0.0.0', '224.0.0.1', '168.63.129.16']) {
    expect(isGrantableAddress(address), address).toBe(false);
  }
});

test('a grant is a host and a port, in one spelling', () => {
  expect(readGrant('ERP.local:8080')).toBe('erp.local:8080');
  expect(readGrant('0x7f.1:80')).toBe('127.0.0.1:80');
  expect(readGrant('[::1]:8080')).toBe('[::1]:8080');
  expect(hostAndPort(new URL('https://erp.local/3'))).toBe('erp.local:443');
  for (const text of ['erp.local', 'http://erp.local:80', 'erp.local:', 'a@b:80', 'erp.local/x:80', ':80', 'a:99999']) {
    expect(() => readGrant(text), text).toThrow('is not a host and a port');
  }
});
