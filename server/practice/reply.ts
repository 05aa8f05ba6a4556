import type { Request, Response } from 'express';
import type { FaultBox, OperationClass } from './fault.ts';

/** An answer before it is sent; `body` undefined sends none. */
export interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** A refusal in the vendor's own words. */
export class VendorError extends Error {
  override name = 'VendorError';
  readonly reply: Reply;
  constructor(reply: Reply) {
    super(`refused with ${reply.status}`);
    this.reply = reply;
  }
}

/** Sends without Express's ETag, whose hash costs more than making the answer. */
export function sendReply(res: Response, reply: Reply): void {
  if (res.headersSent || res.destroyed) return;
  res.statusCode = reply.status;
  for (const [name, value] of Object.entries(reply.headers ?? {})) res.setHeader(name, value);
  if (reply.body === undefined) {
    res.end();
    return;
  }
  const bytes = Buffer.from(JSON.stringify(reply.body));
  res.setHeader('content-type', 'application/json; charset=utf-8');
  res.setHeader('content-length', bytes.length);
  res.end(bytes);
}

/** Runs requests through the faults in force. */
export interface Stage {
  perform(req: Request, res: Response, resource: string, operation: OperationClass, work: () => Reply): void;
  /** Drops connections kept without answer and commits that are still to come. */
  close(): void;
}

/** `failure` words a fault as the vendor would: 429, 500, 503 or 504. */
export function createStage(box: FaultBox, failure: (status: 429 | 500 | 503 | 504) => Reply): Stage {
  const silent = new Set<Response>();
  const late = new Set<NodeJS.Timeout>();

  const commitLater = (work: () => Reply) => {
    const timer = setTimeout(() => {
      late.delete(timer);
      tried(work);
    }, box.faults.lateCommitMs);
    late.add(timer);
  };

  return {
    perform(req, res, resource, operation, work) {
      const fault = box.draw(resource, operation);
      if (fault === null) return sendReply(res, tried(work));
      if (fault === 'tooMany') return sendReply(res, failure(429));
      if (fault === 'unavailable') return sendReply(res, failure(503));
      if (fault === 'lateCommit') {
        commitLater(work);
        return sendReply(res, failure(504));
      }
      const reply = tried(work);
      if (fault === 'errorAfterCommit') return sendReply(res, reply.status < 400 ? failure(500) : reply);
      if (fault === 'resetAfterCommit') {
        req.socket.resetAndDestroy();
        return;
      }
      silent.add(res);
      res.once('close', () => silent.delete(res));
    },
    close() {
      for (const timer of late) clearTimeout(timer);
      late.clear();
      for (const res of silent) res.destroy();
    },
  };
}

function tried(work: () => Reply): Reply {
  try {
    return work();
  } catch (error) {
    if (error instanceof VendorError) return error.reply;
    throw error;
  }
}
