import { createServer, type Server } from 'node:http';
import type { Container } from '#src/container.ts';
import { createHttpApp } from '#src/http-app.ts';

/** Above the 90 s for which Heroku's router keeps idle connections, so that it never writes into one that we closed. */
const KEEP_ALIVE_MS = 95_000;
/** An import is read as fast as it is stored. Other requests have to arrive within `limitArrival`. */
const REQUEST_MS = 3_600_000;
/** Answers that take longer, and streams that never end, are cut at stop. */
const CUT_STREAMS_MS = 3000;

/** Listens for the requests of web. */
export class HttpServer {
  readonly #container: Container;
  #server: Server | undefined;

  constructor(container: Container) {
    this.#container = container;
  }

  /** Rejects with Node's error (`EADDRINUSE`, say) when it cannot listen. */
  async start(): Promise<void> {
    const { host, port } = this.#container.config.http;
    const server = createServer(
      { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: REQUEST_MS },
      createHttpApp(this.#container),
    );
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
    });
    this.#server = server;
  }

  /** With the port that it got, when it was started on port 0. */
  get url(): string {
    const address = this.#server?.address() ?? null;
    if (address === null || typeof address === 'string') throw new Error('The server has no port');
    return `http://localhost:${String(address.port)}`;
  }

  /** Answers the requests that have arrived, then closes. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
    const idle = setInterval(() => {
      server.closeIdleConnections();
    }, 50);
    const cut = setTimeout(() => {
      server.closeAllConnections();
    }, CUT_STREAMS_MS);
    await closed;
    clearInterval(idle);
    clearTimeout(cut);
  }
}
