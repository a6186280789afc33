import type { Request, Response } from 'express';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import type { Container } from '#src/container.ts';
import type { ExportOptions } from '#src/domain/exports/export-options.ts';
import type { Export } from '#src/domain/exports/exports.ts';

/** A client that reads nothing for so long is disconnected, because it occupies one of the few slots for exports. */
const STALLED_MS = 5 * 60_000;

interface Asked {
  req: Request;
  res: Response;
  accountId: string;
  stalledMs?: number;
}

/** The whole account, as lines of JSON. Throws and ends as {@link sendLines} does. */
export async function sendExport(
  { exports, clock }: Pick<Container, 'clock' | 'exports'>,
  asked: Asked,
  options: ExportOptions,
): Promise<void> {
  const name = `hostedhooks-${new Date(clock.now()).toISOString().slice(0, 10)}.ndjson`;
  await sendLines(asked, NDJSON(name), () => exports.start(asked.accountId, options));
}

/** A file that is sent: its name, and the type of its content. */
export interface SentFile {
  name: string;
  contentType: string;
}

export const NDJSON = (name: string): SentFile => ({
  name,
  contentType: 'application/x-ndjson; charset=utf-8',
});

/**
 * Streams lines with backpressure from the client. An error in the middle destroys the connection, so a client that
 * sees the regular end of the body has the complete file.
 */
export async function sendLines(
  { req, res, stalledMs = STALLED_MS }: Omit<Asked, 'accountId'>,
  { name, contentType }: SentFile,
  begin: () => Export | Promise<Export>,
): Promise<void> {
  const isGzip = req.acceptsEncodings(['gzip', 'identity']) === 'gzip';
  const headers = {
    'content-type': contentType,
    'content-disposition': `attachment; filename="${name}"`,
    'cache-control': 'no-store',
    vary: 'accept-encoding',
    ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
  };
  if (req.method === 'HEAD') {
    res.set(headers).end();
    return;
  }
  const { lines, end } = await begin();
  try {
    // The first line is read before the headers are sent, so that earlier errors get a regular error answer.
    const first = await lines.next();
    res.set(headers).setTimeout(stalledMs, () => {
      res.destroy();
    });
    // Before gzip has anything to write, because an export that fails by then ends as one that fails later.
    res.flushHeaders();
    const source = Readable.from(resumed(first, lines), { highWaterMark: 1 });
    await pipeline([source, ...(isGzip ? [gzip()] : []), res]);
  } catch (error) {
    if (!res.headersSent) throw error;
    if (!wasLeft(error)) req.log.error({ err: error }, 'an export was aborted');
    res.destroy();
  } finally {
    end();
  }
}

async function* resumed(first: IteratorResult<string>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (first.done !== true) yield first.value;
  yield* rest;
}

/** The fastest level, because the lines repeat each other and higher levels hardly shrink them further. */
const gzip = (): Transform => createGzip({ level: constants.Z_BEST_SPEED });

/** Whether the client closed the connection. */
const wasLeft = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
