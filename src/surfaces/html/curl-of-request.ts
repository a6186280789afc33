import { HIDDEN } from '#src/pipeline/send/outgoing-request.ts';

interface SentRequest {
  /** POST by default. */
  method?: string;
  url: string;
  headers: [string, string][];
  /** Null: none. */
  body: string | Buffer | null;
  /** The name of the file that a long body is read from. */
  bodyFile: string;
  /** The variable of the shell that has the bearer token. */
  tokenVariable?: string;
}

/** A longer body is read from a file, because a page has 100 KB. */
const MAX_CHARACTERS = 4000;

/** A command that sends a request as it was sent, and what has to be done before it can run. */
export interface CurlCommand {
  command: string;
  /** Whether the body is to be saved to `bodyFile` first. */
  readsFile: boolean;
  bodyFile: string;
  /** Whether a value was left out, and has to be filled in. */
  hasHidden: boolean;
}

/**
 * For a POSIX shell. Nothing of the request can become a part of the shell's program, or of curl's options: each is one
 * quoted word; of a terminal's pasting neither, because a body with control characters is encoded, those of a URL are
 * too, and a header with them is left out. A HEAD has no body.
 */
export function curlOfRequest(request: SentRequest): CurlCommand {
  const { method = 'POST', url, headers, bodyFile, tokenVariable } = request;
  // curl would wait for the body of an answer to -X HEAD, which has none.
  const isHead = method === 'HEAD';
  const { before, data, readsFile } = dataOf(isHead ? null : request.body, bodyFile);
  const clean = headers.filter((header) => !header.some((part) => CONTROL.test(part)));
  const lines = [
    `${before}curl ${isHead ? '--head' : `-X ${method}`} ${quoted(url.replaceAll(IN_URL, percentEncoded))}`,
    ...(tokenVariable === undefined ? [] : [`-H "Authorization: Bearer $${tokenVariable}"`]),
    ...clean.map((header) => `-H ${quoted(headerLine(header))}`),
    ...data,
  ];
  return {
    command: lines.join(' \\\n  '),
    readsFile,
    bodyFile,
    hasHidden: headers.some(([, value]) => value.includes(HIDDEN)),
  };
}

/** The options for a body, and what is piped into them. */
function dataOf(body: SentRequest['body'], bodyFile: string) {
  if (body === null) return { before: '', data: [], readsFile: false };
  const encoded = Buffer.isBuffer(body) || CONTROL.test(body) ? Buffer.from(body).toString('base64') : null;
  const readsFile = (encoded ?? body).length > MAX_CHARACTERS;
  const [before, data] = readsFile
    ? ['', `--data-binary ${quoted(`@${bodyFile}`)}`]
    : encoded === null
      ? ['', `--data-raw ${quoted(String(body))}`]
      : [`printf %s ${quoted(encoded)} | base64 -d | `, '--data-binary @-'];
  // curl asks long bodies to be continued, and we do not.
  return { before, data: ["-H 'Expect:'", data], readsFile };
}

/** A header without a value ends with a semicolon, because curl would leave it out. */
const headerLine = ([name, value]: [string, string]) => (value === '' ? `${name};` : `${name}: ${value}`);

const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** All but tabs and line breaks: an escape sequence could end a paste, and what follows would run. */
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]/;

/** What came as bytes is here as characters of Latin-1. */
const IN_URL = /[\x00-\x1f\x7f-\x9f]/g;
const percentEncoded = (one: string) => `%${one.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`;
