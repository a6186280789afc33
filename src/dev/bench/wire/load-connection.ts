import { connect, type Socket } from 'node:net';
import type { Envelope, Publisher } from '#src/dev/bench/contenders/contender.ts';
import { HttpReader } from './http-reader.ts';
import { numberedData, numberOffset, writeNumber } from './numbered-body.ts';

export const EVENT_TYPE = 'user.created';

export interface Target extends Publisher {
  payloadBytes: number;
}

const OURS: Envelope = { fields: { event_type: EVENT_TYPE, version: '1.0' }, dataField: 'data' };

/** A keep-alive connection that posts one numbered message at a time. The bytes of the request are built once. */
export class LoadConnection {
  readonly #socket: Socket;
  /** Not shared between connections, because a number may only be written into a request that is sent. */
  readonly #request: Buffer;
  readonly #numberOffset: number;
  #onStatus: ((status: number) => void) | undefined;

  private constructor(socket: Socket, request: Buffer) {
    this.#socket = socket;
    this.#request = request;
    this.#numberOffset = numberOffset(request);
    const reader = new HttpReader((head) => this.#answer(Number(head.slice(9, 12))));
    socket.on('data', (chunk: Buffer) => {
      reader.read(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.#answer(0));
  }

  static async open(target: Target): Promise<LoadConnection> {
    const { hostname, port } = new URL(target.url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
    });
    return new LoadConnection(socket, requestTo(target));
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** `onStatus` gets the status of the response; 0 when the connection was lost. */
  post(number: number, onStatus: (status: number) => void): void {
    this.#onStatus = onStatus;
    writeNumber(this.#request, this.#numberOffset, number);
    this.#socket.write(this.#request);
  }

  close(): void {
    this.#onStatus = undefined;
    this.#socket.destroy();
  }

  #answer(status: number): void {
    const onStatus = this.#onStatus;
    this.#onStatus = undefined;
    onStatus?.(status);
  }
}

function requestTo({ url, apiKey, payloadBytes, envelope = OURS }: Target): Buffer {
  const { host, pathname } = new URL(url);
  const data = numberedData(payloadBytes);
  const body = JSON.stringify({ ...envelope.fields, [envelope.dataField]: data });
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: Bearer ${apiKey}`,
    'Content-Type: application/json',
    `Content-Length: ${String(Buffer.byteLength(body))}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1');
}
