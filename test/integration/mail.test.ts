import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import express from 'express';
import { expect, test } from 'vitest';
import { readConfig } from '#server/config.ts';
import { resetLetter } from '#server/mail/letter.ts';
import { createSmtpMailer } from '#server/mail/mailer.ts';
import { createPracticeMailbox } from '#server/practice/mailbox.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';

const letter = resetLetter('åsa@example.se', 'sv', 'https://weft.example/reset#abc');

test('a mail reaches the mail server as text and as HTML, in the receiver’s language, from the address that is set', async () => {
  const sink = await startSmtpSink();
  const mailer = createSmtpMailer(sink.url, 'Weft <weft@example.com>');
  try {
    await mailer.send({ ...letter, to: 'asa@example.se' });
    const [message = ''] = sink.messages;
    expect(message).toMatch(/^From: Weft <weft@example\.com>$/m);
    expect(message).toMatch(/^To: asa@example\.se$/m);
    expect(message).toContain('text/plain');
    expect(message).toContain('text/html');
    expect(message).toMatch(/^Auto-Submitted: auto-generated$/im);
    expect(message).toContain('https://weft.example/reset#abc');
  } finally {
    mailer.close();
    sink.close();
  }
});

test('what the mail server refuses is told in its own words', async () => {
  const sink = await startSmtpSink();
  sink.refuse = true;
  const mailer = createSmtpMailer(sink.url, 'weft@example.com');
  try {
    await expect(mailer.send(letter)).rejects.toThrow(/no such mailbox/);
  } finally {
    mailer.close();
    sink.close();
  }
});

test('the practice mailbox keeps mails over a restart, the newest first, and no more than it shows', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'weft-mail-'));
  const before = createPracticeMailbox(dir, 'weft.example');
  for (let count = 1; count <= 203; count++) await before.send({ ...letter, subject: `mail ${count}` });
  before.close();
  const box = createPracticeMailbox(dir, 'weft.example');
  const server = createServer(express().use('/practice/mail', box.router));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/practice/mail`;
  try {
    const kept = (await (await fetch(`${url}/page/mails`)).json()) as { ownHost: string; mails: { subject: string }[] };
    expect(kept.ownHost).toBe('weft.example');
    expect(kept.mails.map(({ subject }) => subject)).toEqual(
      Array.from({ length: 200 }, (_, at) => `mail ${203 - at}`),
    );
    const page = await (await fetch(`${url}/`, { headers: { 'accept-language': 'en' } })).text();
    expect(page).toContain('<html lang="en">');
    expect(page).not.toMatch(/<script(?![^>]*src=)|style="/);
  } finally {
    server.close();
    box.close();
    await rm(dir, { recursive: true });
  }
});

test('a mail server without a sender is refused at start', () => {
  expect(() => readConfig({ SMTP_URL: 'smtps://user:pass@mail.example' })).toThrow('MAIL_FROM');
  expect(() => readConfig({ SMTP_URL: 'https://mail.example', MAIL_FROM: 'a@b.se' })).toThrow('SMTP_URL');
  expect(() => readConfig({ SMTP_URL: 'smtp://m', MAIL_FROM: 'a@b.se\r\nBcc: c@d.se' })).toThrow('MAIL_FROM');
  expect(readConfig({ SMTP_URL: 'smtp://m', MAIL_FROM: 'Weft <a@b.se>' }).MAIL_FROM).toBe('Weft <a@b.se>');
});
