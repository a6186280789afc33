import type { IncomingMessage, ServerResponse } from 'node:http';
import { lingerUntilRead } from './linger.ts';

/**
 * For a request with `Expect: 100-continue`: sends `100 Continue` once something reads the body, and not before, so
 * that a client reads 401 or 413 in place of sending a body that nobody wants (RFC 9110, section 10.1.1). A connection
 * whose body was not asked for is closed, because the client may send it or not.
 */
export function continueOnRead(req: IncomingMessage, res: ServerResponse): void {
  const { shouldKeepAlive } = res;
  const read = req._read.bind(req);
  res.shouldKeepAlive = false;
  req._read = (size) => {
    req._read = read;
    if (!res.headersSent) {
      res.shouldKeepAlive = shouldKeepAlive;
      res.writeContinue();
      lingerUntilRead(req, res);
    }
    read(size);
  };
}
