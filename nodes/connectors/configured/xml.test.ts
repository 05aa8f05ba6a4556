import { expect, test } from 'vitest';
import { parseXml, writeXml } from './xml.ts';

const read = (text: string, ...lists: string[]) => parseXml(text, new Set(lists));

test('elements, attributes, texts and lists are read as JSON, and written back as they were', () => {
  const xml =
    '<?xml version="1.0" encoding="UTF-8"?><order id="7"><buyer>Åsa &amp; Öberg 🦞</buyer><row>1</row><row>2</row><note lang="sv">Hej</note></order>';
  const json = {
    order: { '@id': '7', buyer: 'Åsa & Öberg 🦞', row: ['1', '2'], note: { '@lang': 'sv', '#text': 'Hej' } },
  };
  expect(read(xml)).toEqual(json);
  expect(writeXml(json)).toBe(xml);
});

test('an element named as a list is one however often it comes', () => {
  expect(read('<rows><row>1</row></rows>', 'row')).toEqual({ rows: { row: ['1'] } });
  expect(read('<rows/>', 'row')).toEqual({ rows: '' });
});

test('namespaces are read by local names, whatever prefixes the writer chose; nil is null', () => {
  const soap = (prefix: string) =>
    `<${prefix}:Envelope xmlns:${prefix}="urn:soap" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><${prefix}:Body a="1" ${prefix}:b="2"><x xsi:nil="true"/></${prefix}:Body></${prefix}:Envelope>`;
  const json = { Envelope: { Body: { '@a': '1', '@b': '2', x: null } } };
  expect(read(soap('s'))).toEqual(json);
  expect(read(soap('soapenv'))).toEqual(json);
});

test('space between elements is nothing, within a text it stays; CDATA is text', () => {
  expect(read('<a>\n  <b> två  ord </b>\n  <c><![CDATA[<b>&amp;]]></c>\n</a>')).toEqual({
    a: { b: ' två  ord ', c: '<b>&amp;' },
  });
});

const bombs = {
  'a billion laughs': '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;">]><lolz>&lol2;</lolz>',
  'an entity from a file': '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>',
  'a foreign DTD': '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><x/>',
  'a DOCTYPE alone': '<!doctype x><x/>',
  'an unknown entity': '<x>&nbsp;</x>',
  'levels without end': `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`,
  'elements without end': `<a>${'<b/>'.repeat(200_001)}</a>`,
  'an element that is not closed': '<a><b></a>',
  'two roots': '<a/><b/>',
  'a prefix of no namespace': '<s:a/>',
  'a prototype': '<a><__proto__>1</__proto__></a>',
  'no XML at all': '<!doctype html><title>Underhåll</title><p>Strax tillbaka',
  nothing: '',
  JSON: '{"a":1}',
};

test.each(Object.entries(bombs))('%s is refused', (_, text) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
});

test('an attribute or element with the name of something built in is data like any other', () => {
  expect(read('<a constructor="1"><toString>2</toString><hasOwnProperty>3</hasOwnProperty></a>')).toEqual({
    a: { '@constructor': '1', toString: '2', hasOwnProperty: '3' },
  });
});

test('what XML cannot hold is refused, and markup in a value stays text', () => {
  expect(writeXml({ a: { '@q': '"<\n>', b: '</a><evil/>', c: null, d: [true, 1.5] } })).toBe(
    '<?xml version="1.0" encoding="UTF-8"?><a q="&quot;&lt;&#10;&gt;"><b>&lt;/a&gt;&lt;evil/&gt;</b><c/><d>true</d><d>1.5</d></a>',
  );
  for (const body of ['text', [], {}, { a: 1, b: 2 }, { a: [1, 2] }, { 'a b': 1 }, { a: { '@x y': '1' } }])
    expect(() => writeXml(body)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  for (const text of ['\u0000', '\u0008', '\ud83d']) expect(() => writeXml({ a: text })).toThrow('cannot write');
});
