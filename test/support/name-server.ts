import { once } from 'node:events';
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

export interface NameServer extends AsyncDisposable {
  /** `address:port`. */
  address: string;
  /** The names that it was asked for, each as often as a query came, for whatever kind of record. */
  asked: string[];
  /** Resolves when it was asked for `count` different names. */
  askedFor(count: number): Promise<void>;
}

/** The addresses of a name; `silent`: a query gets no answer, of a kind of record or of all; or an error. */
export type Zone = (name: string) => string[] | 'silent' | 'silent for IPv6' | 'no such name' | 'failure';

const NO_ERROR = 0;
const SERVER_FAILURE = 2;
const NO_SUCH_NAME = 3;
const IPV6 = 28;

/** A real name server on UDP (RFC 1035), which answers as `zone` says, or swallows queries. */
export async function startNameServer(zone: Zone): Promise<NameServer> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, { address, port }) => {
    const { name, kind, end } = readQuestion(query);
    const found = zone(name);
    asked.push(name);
    socket.emit('asked');
    if (found === 'silent' || (found === 'silent for IPv6' && kind === IPV6)) return;
    const addresses = Array.isArray(found) ? found : found === 'silent for IPv6' ? ['127.0.0.1'] : [];
    const code = { 'no such name': NO_SUCH_NAME, failure: SERVER_FAILURE }[String(found)] ?? NO_ERROR;
    const ofKind = addresses.filter((one) => isIPv6(one) === (kind === IPV6));
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(0x8180 | code, 2);
    header.writeUInt16BE(ofKind.length, 6);
    header.fill(0, 8);
    const records = ofKind.map((one) => record(one, kind));
    socket.send(Buffer.concat([header, query.subarray(12, end), ...records]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');

  return {
    address: `127.0.0.1:${String(socket.address().port)}`,
    asked,
    async askedFor(count) {
      while (new Set(asked).size < count) await once(socket, 'asked');
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function readQuestion(query: Buffer) {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), kind: query.readUInt16BE(at + 1), end: at + 5 };
}

/** An address record of the name of the question, with a time to live of 0. */
function record(address: string, kind: number): Buffer {
  const data = isIPv6(address) ? ipv6Bytes(address) : Buffer.from(address.split('.').map(Number));
  const head = Buffer.from([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 0, 0, data.length]);
  return Buffer.concat([head, data]);
}

function ipv6Bytes(address: string): Buffer {
  const [left = '', right = ''] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const missing = 8 - groups(left).length - groups(right).length;
  const all = [...groups(left), ...Array<string>(missing).fill('0'), ...groups(right)];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}
