import { type Request, type RequestHandler, type Response, Router } from 'express';
import { AuditFilter, type AuditLine, AuditQuery } from '#runtime/audit.ts';
import { type AuditLog, HOUSE } from '../adapters/pg-audit.ts';
import { csvLine } from '../csv.ts';
import { allow, allowInHouse, tenantOf } from './access.ts';

const COLUMNS = ['time', 'who', 'role', 'from', 'what', 'on', 'id', 'before', 'after', 'note'] as const;

const cellsOf = (line: AuditLine): readonly (string | null)[] => [
  new Date(line.at).toISOString(),
  line.actor,
  line.role,
  line.ip,
  line.action,
  line.title,
  line.subject,
  line.before,
  line.after,
  line.note,
];

async function sendCsv(audit: AuditLog, tenant: number, request: Request, response: Response): Promise<void> {
  const filter = AuditFilter.parse(request.query);
  response.attachment('audit.csv').type('text/csv; charset=utf-8');
  // a byte order mark: without it spreadsheets read å as Ã¥
  response.write(`\ufeff${csvLine(COLUMNS)}`);
  for await (const lines of audit.all(tenant, filter)) {
    if (response.destroyed) return;
    response.write(lines.map((line) => csvLine(cellsOf(line))).join(''));
  }
  response.end();
}

export function auditRoutes(audit: AuditLog): Router {
  const router = Router({ mergeParams: true });
  router.get('/audit', allow('audit.read'), async (request, response) => {
    response.json(await audit.page(tenantOf(request), AuditQuery.parse(request.query)));
  });
  router.get('/audit.csv', allow('audit.read'), (request, response) =>
    sendCsv(audit, tenantOf(request), request, response),
  );
  return router;
}

/** The log of what belongs to no tenant: who signed in, who was given an account. */
export function houseAuditRoutes(audit: AuditLog, signedIn: readonly RequestHandler[]): Router {
  const router = Router();
  router.get('/audit', ...signedIn, allowInHouse('house.audit'), async (request, response) => {
    response.json(await audit.page(HOUSE, AuditQuery.parse(request.query)));
  });
  router.get('/audit.csv', ...signedIn, allowInHouse('house.audit'), (request, response) =>
    sendCsv(audit, HOUSE, request, response),
  );
  return router;
}
