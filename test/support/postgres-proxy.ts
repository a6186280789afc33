import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** The transactions of the stages accept, settle and fetch, and of a new subscriber, recognized by their statements. */
const TRANSACTIONS = {
  intake: (statements: string[]) => statements.some((text) => /insert into messages/i.test(text)),
  subscribe: (statements: string[]) => statements.some((text) => /insert into "?subscriptions\b/i.test(text)),
  settle: (statements: string[]) => statements.some((text) => /insert into attempts/i.test(text)),
  fetch: (statements: string[]) =>
    statements.some((text) => /skip locked/i.test(text)) &&
    statements.some((text) => /insert into pgboss/i.test(text)),
};

export interface CommitPoint {
  of: keyof typeof TRANSACTIONS;
  /** Before COMMIT reaches PostgreSQL, or after PostgreSQL committed and before anybody hears of it. */
  when: 'before' | 'after';
  /** Whether those that follow are stopped there too: of what goes on side by side none slips through. */
  stopsFollowing?: boolean;
}

interface StoppedCommit {
  /** Cuts the connection: before COMMIT that rolls back, after it the answer is lost. */
  cut(): void;
  /** Lets it go on as if nothing had happened. */
  release(): void;
}

export interface PostgresProxy extends AsyncDisposable {
  /** The database behind it, by way of it. */
  url: string;
  /** Stops the next commit of this kind exactly there; resolves when one has stopped. */
  stopAt(point: CommitPoint): Promise<StoppedCommit>;
  /** Resolves when a statement that matches is next sent to PostgreSQL. */
  statement(pattern: RegExp): Promise<void>;
  /** Cuts every connection. */
  cutAll(): void;
  /** Leads new connections to where PostgreSQL is now. */
  leadTo(databaseUrl: string): void;
}

interface Awaited {
  pattern: RegExp;
  resolve: () => void;
}

interface Watch {
  traps: Set<Trap>;
  awaited: Set<Awaited>;
}

interface Trap extends CommitPoint {
  spring: (stopped: StoppedCommit) => void;
}

/**
 * Stands between a process and PostgreSQL, reads what they say, and stops commits at an exact point: the process can
 * then be killed, or its connection cut, as no test from outside could time it.
 */
export async function startPostgresProxy(databaseUrl: string): Promise<PostgresProxy> {
  let upstream = new URL(databaseUrl);
  const traps = new Set<Trap>();
  const awaited = new Set<Awaited>();
  const connections = new Set<Connection>();
  const server = createServer((client) => {
    const connection = new Connection(client, { upstream, watch: { traps, awaited } });
    connections.add(connection);
    client.once('close', () => connections.delete(connection));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  url.searchParams.delete('host');
  const cutAll = () => {
    for (const connection of connections) connection.cut();
  };
  return {
    url: url.href,
    stopAt: (point) => new Promise((spring) => traps.add({ ...point, spring })),
    statement: (pattern) => new Promise((resolve) => awaited.add({ pattern, resolve })),
    cutAll,
    leadTo: (now) => void (upstream = new URL(now)),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      cutAll();
      await closed;
    },
  };
}

/** One connection: both directions are passed on message by message. */
class Connection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #watch: Watch;
  readonly #prepared = new Map<string, string>();
  #isStarted = false;
  #isHeld = false;
  #transaction: string[] = [];
  #fromClient: Buffer = Buffer.alloc(0);
  #fromServer: Buffer = Buffer.alloc(0);
  /** Springs at the answer to COMMIT. */
  #awaited: Trap | undefined;

  constructor(client: Socket, { upstream, watch }: { upstream: URL; watch: Watch }) {
    this.#client = client.setNoDelay();
    this.#server = connect(Number(upstream.port), upstream.hostname).setNoDelay();
    this.#watch = watch;
    for (const socket of [this.#client, this.#server]) {
      socket.on('error', () => undefined).once('close', () => this.cut());
    }
    client.on('data', (chunk) => {
      this.#fromClient = Buffer.concat([this.#fromClient, chunk]);
      this.#passOnFromClient();
    });
    this.#server.on('data', (chunk) => {
      this.#fromServer = Buffer.concat([this.#fromServer, chunk]);
      this.#passOnFromServer();
    });
  }

  cut(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  #passOnFromClient(): void {
    let end = 0;
    for (;;) {
      const size = sizeOf(this.#fromClient.subarray(end), { isTyped: this.#isStarted });
      if (this.#isHeld || size === undefined) break;
      const message = this.#fromClient.subarray(end, end + size);
      // Only the first message, which asks for a database, has no type.
      const trap = this.#isStarted ? this.#trapAt(message) : undefined;
      this.#isStarted = true;
      if (trap?.when === 'before') {
        this.#hold(trap);
        break;
      }
      this.#awaited ??= trap;
      end += size;
    }
    this.#server.write(this.#fromClient.subarray(0, end));
    this.#fromClient = this.#fromClient.subarray(end);
  }

  #passOnFromServer(): void {
    let end = 0;
    for (;;) {
      const size = sizeOf(this.#fromServer.subarray(end), { isTyped: true });
      if (this.#isHeld || size === undefined) break;
      const message = this.#fromServer.subarray(end, end + size);
      if (this.#awaited !== undefined && typeOf(message) === 'C' && textAt(message, 5) === 'COMMIT') {
        this.#hold(this.#awaited);
        break;
      }
      end += size;
    }
    this.#client.write(this.#fromServer.subarray(0, end));
    this.#fromServer = this.#fromServer.subarray(end);
  }

  #hold({ spring }: Trap): void {
    this.#isHeld = true;
    spring({
      cut: () => this.cut(),
      release: () => {
        this.#isHeld = false;
        this.#awaited = undefined;
        this.#passOnFromServer();
        this.#passOnFromClient();
      },
    });
  }

  /** Follows what is said to PostgreSQL; answers the trap that this message would spring, once. */
  #trapAt(message: Buffer): Trap | undefined {
    const text = this.#executedBy(message);
    if (text === undefined) return undefined;
    this.#resolveAwaited(text);
    if (/^begin\b/i.test(text)) this.#transaction = [];
    this.#transaction.push(text);
    if (!/^commit\b/i.test(text)) return undefined;
    const trap = [...this.#watch.traps].find(({ of }) => TRANSACTIONS[of](this.#transaction));
    if (trap !== undefined && trap.stopsFollowing !== true) this.#watch.traps.delete(trap);
    this.#transaction = [];
    return trap;
  }

  #resolveAwaited(text: string): void {
    for (const one of this.#watch.awaited) {
      if (!one.pattern.test(text)) continue;
      this.#watch.awaited.delete(one);
      one.resolve();
    }
  }

  #executedBy(message: Buffer): string | undefined {
    const type = typeOf(message);
    if (type === 'Q') return textAt(message, 5);
    const first = textAt(message, 5);
    const second = () => textAt(message, 5 + Buffer.byteLength(first) + 1);
    if (type === 'P') this.#prepared.set(first, second());
    return type === 'B' ? this.#prepared.get(second()) : undefined;
  }
}

/** Of the message at the beginning of `bytes`; undefined while it is not complete. */
function sizeOf(bytes: Buffer, { isTyped }: { isTyped: boolean }): number | undefined {
  const offset = isTyped ? 1 : 0;
  if (bytes.length < offset + 4) return undefined;
  const size = bytes.readInt32BE(offset) + offset;
  return bytes.length < size ? undefined : size;
}

const typeOf = (message: Buffer) => String.fromCharCode(message[0] ?? 0);

const textAt = (message: Buffer, start: number) => message.toString('utf8', start, message.indexOf(0, start));
