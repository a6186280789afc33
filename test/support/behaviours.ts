import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ReceivedRequest } from './received-request.ts';

export interface Exchange {
  request: ReceivedRequest;
  response: ServerResponse;
  /** The raw connection, for answers that are not HTTP. */
  socket: Socket;
  /** 0 for the receiver's first request. */
  index: number;
}

/** What a receiver does with a request, once it has read all of it. */
export type Behaviour = (exchange: Exchange) => void;

export function answer(status: number, { headers = {}, body = '' }: AnswerOptions = {}): Behaviour {
  return ({ response }) => void response.writeHead(status, headers).end(body);
}

interface AnswerOptions {
  headers?: OutgoingHttpHeaders;
  body?: string | Uint8Array;
}

/** One behaviour for each request, in order; the last one stays. */
export function inTurn(first: Behaviour, ...rest: Behaviour[]): Behaviour {
  const behaviours = [first, ...rest];
  return (exchange) => (behaviours[exchange.index] ?? behaviours.at(-1) ?? first)(exchange);
}

export function redirectTo(location: string, status = 302): Behaviour {
  return answer(status, { headers: { location } });
}

/** Takes the request and never says a word. */
export const hang: Behaviour = () => {};

/** Ends the connection with a TCP reset. */
export const reset: Behaviour = ({ socket }) => void socket.resetAndDestroy();

/** Ends the connection in good order, but without an answer. */
export const closeWithoutAnswer: Behaviour = ({ socket }) => void socket.end();

/** Promises more body than it sends, then ends the connection. */
export const closeInTheBody: Behaviour = ({ socket }) =>
  void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this');

/** Begins an answer and never ends its headers, a line every `everyMs`. */
export function dripHeaders(everyMs = 10): Behaviour {
  return ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    repeat(socket, everyMs, () => socket.write('X-Drip: drop\r\n'));
  };
}

/** Answers `status` at once, then a byte of body every `everyMs`, for ever. */
export function dripBody(everyMs = 10, status = 200): Behaviour {
  return ({ response, socket }) => {
    response.writeHead(status);
    repeat(socket, everyMs, () => response.write('.'));
  };
}

/** Answers `status`, then body without end, as fast as the other side takes it. */
export function flood(status = 200): Behaviour {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  return ({ response, socket }) => {
    response.writeHead(status);
    const pour = () => {
      while (!socket.destroyed && response.write(chunk));
    };
    response.on('drain', pour);
    pour();
  };
}

/** Answers with bytes as they are: for what is not HTTP, or only nearly. */
export function rawBytes(bytes: string | Uint8Array): Behaviour {
  return ({ socket }) => void socket.end(bytes);
}

function repeat(socket: Socket, everyMs: number, action: () => void): void {
  const timer = setInterval(action, everyMs);
  socket.once('close', () => clearInterval(timer));
}
