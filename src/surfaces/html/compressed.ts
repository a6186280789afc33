import { randomBytes, randomInt } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request } from 'express';

const compress = promisify(gzip);

const MIN_CHARACTERS = 1024;
/** The fixed part of a gzip header (RFC 1952, section 2.3), and its flag for a file name. */
const HEADER_BYTES = 10;
const [FLAGS_AT, HAS_NAME] = [3, 8];
const PADDING = 100;

/**
 * A page, compressed if the browser takes that and nobody can learn from its length (BREACH): the attack has another
 * site make a browser ask for a page many times over, each time with another guess in the query, and watches the
 * lengths of the answers. So no answer to another site is compressed, as `Sec-Fetch-Site` tells, which no script can
 * set; nor an answer to a form, which alone shows a secret. Browsers without that header (before 2023) get a random
 * padding with every page, as Django's pages have it ("Heal the Breach"). Forms carry no token that could be guessed.
 */
export async function compressed(req: Request, html: string): Promise<string | Buffer> {
  if (html.length < MIN_CHARACTERS || !mayCompress(req)) return html;
  return padded(await compress(html));
}

function mayCompress(req: Request): boolean {
  const site = req.headers['sec-fetch-site'] ?? 'none';
  const isForThem = site === 'cross-site' || site === 'same-site';
  return req.method === 'GET' && !isForThem && req.acceptsEncodings(['gzip', 'identity']) === 'gzip';
}

/** Adds a file name of random length to the header, which every reader skips. */
function padded(bytes: Buffer): Buffer {
  const name = randomBytes(randomInt(1, PADDING)).toString('hex');
  const header = Buffer.from(bytes.subarray(0, HEADER_BYTES));
  header.writeUInt8(header.readUInt8(FLAGS_AT) | HAS_NAME, FLAGS_AT);
  return Buffer.concat([header, Buffer.from(`${name}\0`), bytes.subarray(HEADER_BYTES)]);
}
