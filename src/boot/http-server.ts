import { createServer, type RequestListener, type Server } from 'node:http';
import { continueOnRead } from '#src/surfaces/http/continue.ts';
import { lingerUntilRead } from '#src/surfaces/http/linger.ts';
import { oneByOne } from '#src/surfaces/http/pipelining.ts';
import { refuseLongTarget, toOriginForm } from '#src/surfaces/http/request-target.ts';

/** Above the 90 s for which Heroku's router keeps idle connections, so that it never writes into one that we closed. */
const KEEP_ALIVE_MS = 95_000;
/**
 * The longest that a request may arrive, for imports, which are read as fast as they are stored; `limitArrival` limits
 * the others.
 */
const REQUEST_MS = 3_600_000;
/** Answers that take longer at stop, and streams that never end, are cut. */
const CUT_STREAMS_MS = 3000;

interface Address {
  /** The interface to listen on; all when it is undefined. */
  host: string | undefined;
  /** 0: any port that is free. */
  port: number;
}

/** Listens for the requests of web. */
export class HttpServer {
  readonly #address: Address;
  readonly #createApp: () => Promise<RequestListener>;
  #server: Server | undefined;

  constructor(address: Address, createApp: () => Promise<RequestListener>) {
    this.#address = address;
    this.#createApp = createApp;
  }

  /** Rejects with Node's error (`EADDRINUSE`, say) when it cannot listen. */
  async start(): Promise<void> {
    const { host, port } = this.#address;
    const app = await this.#createApp();
    const answerAfter = (prepare: RequestListener) =>
      oneByOne((req, res) => {
        prepare(req, res);
        if (refuseLongTarget(req, res)) return;
        toOriginForm(req);
        app(req, res);
      });
    const timeouts = { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: REQUEST_MS };
    const server = createServer(timeouts, answerAfter(lingerUntilRead));
    server.on('checkContinue', answerAfter(continueOnRead));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
    });
    this.#server = server;
  }

  /** The address of this machine, with the port that the system chose when it was started on port 0. */
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
