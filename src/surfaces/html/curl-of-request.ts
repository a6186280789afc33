import { HIDDEN } from '#src/pipeline/send/outgoing-request.ts';

interface SentRequest {
  url: string;
  headers: [string, string][];
  body: string | Buffer;
  /** The name of the file that a long body is read from. */
  bodyFile: string;
}

/** A longer body is read from a file, because a page has 100 KB. */
const MAX_CHARACTERS = 4000;

/** A command that posts a request as it was sent, and what has to be done before it can run. */
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
 * quoted word; of a terminal's pasting neither, because a text with control characters is encoded.
 */
export function curlOfRequest({ url, headers, body, bodyFile }: SentRequest): CurlCommand {
  const encoded = Buffer.isBuffer(body) || CONTROL.test(body) ? Buffer.from(body).toString('base64') : null;
  const readsFile = (encoded ?? body).length > MAX_CHARACTERS;
  const [before, data] = readsFile
    ? ['', `--data-binary ${quoted(`@${bodyFile}`)}`]
    : encoded === null
      ? ['', `--data-raw ${quoted(String(body))}`]
      : [`printf %s ${quoted(encoded)} | base64 -d | `, '--data-binary @-'];
  const lines = [
    `${before}curl -X POST ${quoted(url)}`,
    // curl asks long bodies to be continued, and we do not.
    ...[...headers.map(headerLine), 'Expect:'].map((header) => `-H ${quoted(header)}`),
    data,
  ];
  return {
    command: lines.join(' \\\n  '),
    readsFile,
    bodyFile,
    hasHidden: headers.some(([, value]) => value.includes(HIDDEN)),
  };
}

/** A header without a value ends with a semicolon, because curl would leave it out. */
const headerLine = ([name, value]: [string, string]) => (value === '' ? `${name};` : `${name}: ${value}`);

const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** All but tabs and line breaks: an escape sequence could end a paste, and what follows would run. */
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]/;
