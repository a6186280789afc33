import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { readFileSync } from 'node:fs';

/** A request as it came over the wire. */
export interface RawRequest {
  /** Its request line and headers. */
  head: string;
  socket: Socket;
  /** 0 for the first request of its connection. */
  index: number;
  /** 0 for the first connection. */
  connection: number;
}

export interface RawReceiver extends AsyncDisposable {
  url: string;
  port: number;
  requests: RawRequest[];
  connectionsOpened(): number;
}

interface RawReceiverOptions {
  host?: string;
  isTls?: boolean;
  /** With TLS: called with the name that a client asks for. */
  onServerName?: (name: string) => void;
}

/** Answers with these bytes, whatever HTTP thinks of them; the connection stays open. */
export const bytes =
  (...pieces: (string | Uint8Array)[]) =>
  ({ socket }: RawRequest) => {
    for (const piece of pieces) socket.write(piece);
  };

/** A receiver on raw sockets: for answers, and ends of connections, that no HTTP server makes. */
export async function startRawReceiver(
  respond: (request: RawRequest) => void,
  { host = '127.0.0.1', isTls = false, onServerName }: RawReceiverOptions = {},
): Promise<RawReceiver> {
  const requests: RawRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;

  const accept = (socket: Socket) => {
    const connection = connections;
    connections += 1;
    sockets.add(socket);
    let index = 0;
    let arrived = '';
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      arrived += chunk.toString('latin1');
      for (let end = endOfRequest(arrived); end !== -1; end = endOfRequest(arrived)) {
        const request = { head: arrived.slice(0, arrived.indexOf('\r\n\r\n')), socket, index, connection };
        arrived = arrived.slice(end);
        index += 1;
        requests.push(request);
        respond(request);
      }
    });
  };
  const server: Server = isTls
    ? createTlsServer({ cert: tlsFile('certificate.pem'), key: tlsFile('key.pem') }, (socket) => {
        onServerName?.(String(socket.servername));
        accept(socket);
      }).on('tlsClientError', () => {})
    : createServer(accept);
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `${isTls ? 'https' : 'http'}://${isTls ? 'localhost' : host}:${String(port)}`,
    port,
    requests,
    connectionsOpened: () => connections,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

const tlsFile = (name: string) => readFileSync(new URL(`tls/${name}`, import.meta.url), 'utf8');

/** Where the first request of `text` ends; -1: it is not complete. */
function endOfRequest(text: string): number {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return -1;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, headEnd))?.[1] ?? 0);
  return text.length >= headEnd + 4 + length ? headEnd + 4 + length : -1;
}
