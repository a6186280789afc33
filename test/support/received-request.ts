import type { IncomingHttpHeaders } from 'node:http';

/** What arrived at a receiver, whole. */
export interface ReceivedRequest {
  method: string;
  /** Path and query, as on the request line. */
  path: string;
  headers: IncomingHttpHeaders;
  /** Name and value in turn, with the spelling and the order on the wire. */
  rawHeaders: string[];
  body: Buffer;
  arrivedAtMs: number;
}
