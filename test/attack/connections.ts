import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { all, type Attacks, lasting, type Stage } from './stage.ts';

const DROPS = 20;

/** Many connections, many requests, and odd ones. */
export const connections = (stage: Stage): Attacks => {
  const { server, attacker, open, ask } = stage;
  const get = (path: string) =>
    `GET ${path} HTTP/1.1\r\nhost: here\r\nauthorization: Bearer ${attacker.apiKey}\r\n`;
  return {
    'malformed addresses': () =>
      all(lasting({ short: 20, long: 500 }), () => ask(`${server.url}/portal/%E0`)),
    'a flood of requests without a key': () =>
      all(lasting({ short: 50, long: 2000 }), () => ask(`${server.url}/api/v1/apps`)),
    'a flood of wrong keys': () =>
      all(lasting({ short: 50, long: 2000 }), (n) =>
        ask(`${server.url}/api/v1/apps`, { headers: { authorization: `Bearer hh_wrong_${String(n)}` } }),
      ),
    'addresses of 15 KB': () =>
      all(lasting({ short: 50, long: 1000 }), () =>
        ask(`${server.url}/docs?q=${'%41'.repeat(5000)}`, { redirect: 'manual' }),
      ),
    'a flood of pages': () =>
      all(lasting({ short: 10, long: 300 }), (n) =>
        Promise.all(
          ['/docs', '/docs/api', '/sign_up'].map((page) => ask(`${server.url}${page}?n=${String(n)}`)),
        ),
      ),
    'heads that arrive byte by byte': async () => {
      const sockets = opened(lasting({ short: 100, long: 3000 }));
      for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nhost: here\r\nx-drop: ');
      for (let n = 0; n < DROPS; n += 1) {
        for (const socket of sockets) socket.write('x');
        await pause(5);
      }
    },
    'bodies in chunks of a byte': async () => {
      const chunks = '1\r\nx\r\n'.repeat(10_000);
      const head = 'HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\n';
      const targets = [stage.inbox, '/api/v1/apps'];
      await Promise.all(
        opened(lasting({ short: 10, long: 60 })).map((socket, n) => {
          const closed = new Promise((resolve) => socket.once('close', resolve));
          socket.write(`POST ${targets[n % 2] ?? ''} ${head}`);
          for (let packets = 0; packets < lasting({ short: 2, long: 100 }); packets += 1)
            socket.write(chunks);
          return closed;
        }),
      );
    },
    'connections without a request': async () => {
      const sockets = opened(lasting({ short: 200, long: 5000 }));
      await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    },
    'requests of 2,000 headers': () =>
      Promise.all(
        opened(lasting({ short: 20, long: 1000 })).map((socket) =>
          answered(socket, `${get('/api/v1/apps')}${'a:1\r\n'.repeat(2000)}connection: close\r\n\r\n`),
        ),
      ),
    'pipelined requests': () =>
      Promise.all(
        opened(lasting({ short: 3, long: 50 })).map((socket) =>
          answered(
            socket,
            `${get('/api/v1/apps')}\r\n`.repeat(50) + `${get('/api/v1/apps')}connection: close\r\n\r\n`,
          ),
        ),
      ),
    'answers that nobody reads': async () => {
      const sockets = opened(lasting({ short: 20, long: 300 }));
      for (const socket of sockets) socket.pause().write(`${get('/docs')}\r\n`.repeat(20));
      await pause(lasting({ short: 200, long: 5000 }));
    },
  };

  function opened(count: number): Socket[] {
    return Array.from({ length: count }, open);
  }
};

async function answered(socket: Socket, text: string): Promise<void> {
  const closed = once(socket, 'close');
  socket.write(text);
  await closed;
}
