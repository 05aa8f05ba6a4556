import { type Reply, VendorError } from './reply.ts';

/**
 * Refusals in Fortnox's words. Codes and texts marked (list) stand in Fortnox's published list of errors
 * (fortnox.se/developer/guides-and-good-to-know/errors); the others are as seen in public integrations, or without a
 * code where none is known. Keys are written as in Fortnox's OpenAPI file; the live API writes them in lower case in
 * places, so a client must read both.
 */
export type ErpCase = keyof typeof cases;

const cases = {
  login: { status: 401, code: 2000310, message: 'Ogiltig inloggning' }, // (list)
  noToken: { status: 401, code: 2000311, message: 'Kan inte logga in, access-token eller client-secret saknas(2).' }, // (list)
  parameter: { status: 400, code: 2000588, message: 'Ogiltig parameter i anropet.' }, // (list)
  field: { status: 400, code: 2001399, message: 'Felaktigt fältnamn' }, // (list)
  body: { status: 400, code: 2001392, message: 'Ingen eller felaktig typ av data.' }, // (list)
  syntax: { status: 400, code: 2002115, message: 'Error deserializing JSON: JSON_ERROR_SYNTAX' }, // (list)
  numeric: { status: 400, code: 2000108, message: 'Värdet måste vara numeriskt' }, // (list)
  boolean: { status: 400, code: 2000134, message: 'Värdet måste vara en boolean' }, // (list)
  text: { status: 400, code: 2000106, message: 'Värdet måste vara alfanumeriskt' }, // (list)
  characters: { status: 400, code: 2000359, message: 'Värdet innehåller ej tillåtna tecken.' }, // (list)
  account: { status: 400, code: 2001304, message: 'Kunde inte hitta konto' }, // (list)
  customerTaken: { status: 400, code: 2000637, message: 'Kundnumret används redan' }, // (list)
  articleTaken: { status: 400, code: 2000013, message: 'Artikelnumret används redan' },
  customerMissing: { status: 400, code: 2000433, message: 'Kunde inte hitta kunden' },
  articleMissing: { status: 400, code: 2001302, message: 'Kunde inte hitta artikeln' },
  notFound: { status: 404, code: 2000663, message: 'Kunde inte hitta dokumentet' },
  refused: { status: 400, code: undefined, message: 'Åtgärden är inte tillåten' },
} as const;

/** `detail` follows the message in brackets, as Fortnox names the value at fault. */
export function erpError(what: ErpCase, detail?: string): VendorError {
  const { status, code, message } = cases[what];
  return new VendorError(erpErrorReply(status, detail === undefined ? message : `${message} (${detail})`, code));
}

export function erpErrorReply(status: number, message: string, code?: number): Reply {
  const information = { Error: 1, Message: message };
  return { status, body: { ErrorInformation: code === undefined ? information : { ...information, Code: code } } };
}
