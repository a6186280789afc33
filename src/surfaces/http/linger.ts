import type { IncomingMessage, ServerResponse } from 'node:http';
import { isTakenAsStream } from './arrival-budget.ts';
import { freeBytes } from '#src/infra/lib/free-bytes.ts';
import { isLeftUnread, leaveUnread, TinyChunks } from './tiny-chunks.ts';

/** Bounds of what is read after an answer. A body that was taken as a stream is bounded by its pauses alone. */
interface LingerLimits {
  maxBytes: number;
  withinMs: number;
  /** Between two chunks. */
  maxPauseMs: number;
}

const LIMITS: LingerLimits = { maxBytes: 256 * 1024 * 1024, withinMs: 30_000, maxPauseMs: 5000 };

const LINGERING = Symbol('how the answer ends');
/** With the `end` that it had before. */
type Lingering = ServerResponse & { [LINGERING]?: { limits: LingerLimits; end: ServerResponse['end'] } };

/**
 * Lets a client read an answer that is given while its body is still arriving: the answer is written at once, and ends
 * when the rest was read and forgotten. A connection closed before would be reset, and the client's system discards
 * the answer with it (RFC 9112, section 9.6). A body beyond the limits is cut off.
 */
export function lingerUntilRead(req: IncomingMessage, res: ServerResponse, limits = LIMITS): void {
  if (req.headers['content-length'] === undefined && req.headers['transfer-encoding'] === undefined) return;
  (res as Lingering)[LINGERING] = { limits, end: (res as Lingering)[LINGERING]?.end ?? res.end };
  res.end = endWhenRead;
}

/**
 * In the place of an answer's `end`. One function for all answers, because one each costs what `pushCounted` says.
 */
function endWhenRead(this: Lingering, ...given: unknown[]): ServerResponse {
  const { req, [LINGERING]: lingering } = this;
  if (lingering === undefined) throw new Error('the answer does not linger');
  const end = lingering.end as (...given: unknown[]) => ServerResponse;
  this.end = end;
  if (req.complete || req.destroyed) return end.apply(this, given);
  const callback = given.find((one) => typeof one === 'function');
  writeAll(this, given);
  discard(req, lingering.limits, () => end.call(this, callback));
  return this;
}

/** Writes the last part of an answer; one without a length gets it, so that the client sees the end. */
function writeAll(res: ServerResponse, given: unknown[]): void {
  const [chunk, encoding] = given.filter((one) => typeof one !== 'function') as [
    (string | Buffer | null)?,
    BufferEncoding?,
  ];
  const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : (chunk ?? Buffer.alloc(0));
  const mayHaveBody = res.statusCode !== 204 && res.statusCode !== 304;
  if (!res.headersSent && mayHaveBody && !res.hasHeader('content-length')) {
    res.setHeader('content-length', bytes.length);
  }
  if (bytes.length > 0) res.write(bytes);
  else res.flushHeaders();
}

/**
 * Reads the rest of a body and keeps nothing of it: `push` is how Node's parser hands a chunk to the request. One chunk
 * in each turn of the event loop, because libuv reads up to 32 at once: of 150 bodies that took 150 ms a turn.
 */
function discard(
  req: IncomingMessage,
  { maxBytes, maxPauseMs, withinMs }: LingerLimits,
  onEnd: () => void,
): void {
  const isBounded = !isTakenAsStream(req);
  const push = req.push.bind(req);
  const cut = () => req.destroy();
  const pause = setTimeout(cut, maxPauseMs).unref();
  const whole = isBounded ? setTimeout(cut, withinMs).unref() : undefined;
  const clear = () => {
    clearTimeout(pause);
    clearTimeout(whole);
  };
  const chunks = new TinyChunks();
  let bytes = 0;
  let isPaused = false;
  const readOn = () => {
    isPaused = false;
    // Also after the end of the body, for the next request.
    if (!req.socket.destroyed) req._read(0);
  };
  req.once('close', clear);
  // The client has a pause's time to read its answer.
  if (isLeftUnread(req)) return;
  req.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (chunk === null) {
      clear();
      push(null, encoding);
      onEnd();
      return true;
    }
    bytes += chunk.length;
    pause.refresh();
    if (!isPaused) setImmediate(readOn);
    isPaused = true;
    if (chunks.add(chunk.length) || (isBounded && bytes > maxBytes)) {
      leaveUnread(req);
      cut();
    }
    freeBytes(chunk);
    return false;
  };
  req.resume();
}
