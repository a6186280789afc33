import type { Request, Response } from 'express';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import type { Container } from '#src/container.ts';
import type { ExportOptions } from '#src/domain/exports/export-options.ts';

/** A reader that takes nothing for so long has gone; its place is another's. */
const STALLED_MS = 5 * 60_000;

interface Asked {
  req: Request;
  res: Response;
  accountId: string;
  stalledMs?: number;
}

/**
 * Answers with an export, as fast as it is taken and no faster. Whoever sees its last line has all of it: when something
 * fails in the middle, the connection is cut.
 */
export async function sendExport(
  { exports, clock }: Container,
  { req, res, accountId, stalledMs = STALLED_MS }: Asked,
  options: ExportOptions,
): Promise<void> {
  const isGzip = req.acceptsEncodings(['gzip', 'identity']) === 'gzip';
  const headers = {
    'content-type': 'application/x-ndjson; charset=utf-8',
    'content-disposition': `attachment; filename="hostedhooks-${new Date(clock.now()).toISOString().slice(0, 10)}.ndjson"`,
    'cache-control': 'no-store',
    vary: 'accept-encoding',
    ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
  };
  if (req.method === 'HEAD') {
    res.set(headers).end();
    return;
  }
  const { lines, end } = exports.start(accountId, options);
  try {
    // What is refused, or fails before there is anything to send, is an error like any other.
    const first = await lines.next();
    res.set(headers).setTimeout(stalledMs, () => {
      res.destroy();
    });
    const source = Readable.from(resumed(first, lines), { highWaterMark: 1 });
    await pipeline([source, ...(isGzip ? [gzip()] : []), res]);
  } catch (error) {
    if (!res.headersSent) throw error;
    if (!wasLeft(error)) req.log.error({ err: error }, 'an export broke off');
    res.destroy();
  } finally {
    end();
  }
}

async function* resumed(first: IteratorResult<string>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (first.done !== true) yield first.value;
  yield* rest;
}

/** Lines repeat each other: hardly less is left by more work. */
const gzip = (): Transform => createGzip({ level: constants.Z_BEST_SPEED });

/** The reader went away. */
const wasLeft = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
