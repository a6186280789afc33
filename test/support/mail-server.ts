import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  from: string;
  to: string[];
  /** By lower-case name, unfolded. */
  headers: Map<string, string>;
  /** All of it, as it came. */
  raw: string;
  isEncrypted: boolean;
  user: string | undefined;
}

export interface MailServer extends AsyncDisposable {
  port: number;
  mails: ReceivedMail[];
  /** How often a recipient was named to it. */
  recipients: string[];
}

interface Options {
  port?: number;
  /** Answers to the recipients in order, as `550 no such user`; after the last one all are taken. */
  refusals?: string[];
  /** Asks for it; and speaks TLS from the first byte. */
  login?: { user: string; password: string };
}

const tlsFile = (name: string) => readFileSync(new URL(`tls/${name}`, import.meta.url));

/** A mail server on a port of its own, that keeps what it takes. */
export async function startMailServer({ port = 0, refusals = [], login }: Options = {}): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const recipients: string[] = [];
  const options: SMTPServerOptions = {
    // Clients keep their connections; the end does not wait for them.
    closeTimeout: 100,
    ...(login === undefined
      ? { authOptional: true, disabledCommands: ['STARTTLS'] }
      : { secure: true, key: tlsFile('key.pem'), cert: tlsFile('certificate.pem') }),
    onAuth({ username, password }, _session, done) {
      if (username === login?.user && password === login?.password) done(null, { user: username });
      else done(refusal('535 wrong password'));
    },
    onRcptTo({ address }, _session, done) {
      recipients.push(address);
      const answer = refusals[recipients.length - 1];
      done(answer === undefined ? null : refusal(answer));
    },
    onData(stream, { envelope, secure, user }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('utf8');
        const to = envelope.rcptTo.map(({ address }) => address);
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        mails.push({ from, to, headers: headersOf(raw), raw, isEncrypted: secure, user: user as string });
        done();
      });
    },
  };
  const server = new SMTPServer(options);
  // Clients that hang up are expected.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    recipients,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function refusal(answer: string): Error {
  return Object.assign(new Error(answer.slice(4)), { responseCode: Number(answer.slice(0, 3)) });
}

function headersOf(raw: string): Map<string, string> {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]+/g, ' ');
  return new Map(
    head.split('\r\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), decodedWords(line.slice(colon + 1).trim())];
    }),
  );
}

/** The text of a header whose encoded words (RFC 2047) are UTF-8 in the encoding Q, as Nodemailer's are. */
function decodedWords(value: string): string {
  return value
    .replaceAll(/\?= +=\?UTF-8\?Q\?/g, '')
    .replaceAll(/=\?UTF-8\?Q\?(.*?)\?=/g, (_, text: string) =>
      decodeURIComponent(text.replaceAll('%', '%25').replaceAll('_', ' ').replaceAll('=', '%')),
    );
}
