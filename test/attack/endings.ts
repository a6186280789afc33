import type { Socket } from 'node:net';
import type { Api, ApiAnswer } from '#test/support/api.ts';

/** How a request ended: a status; `closed`: without one; `open`: it has not ended. */
export type Ending = number | 'closed' | 'open';

/** Characters of a status line that may end a chunk, without being all of it. */
const LONGEST_PART = 'HTTP/1.1 200'.length;

/** Notes how the requests of an attack end. */
export class Endings {
  #noted: Ending[] = [];
  #sockets: { statuses: Ending[]; socket: Socket }[] = [];

  /** The kinds of endings since the last call. */
  take(): Set<Ending> {
    const ofSockets = this.#sockets.flatMap(({ statuses, socket }): Ending[] =>
      statuses.length > 0 ? statuses : [socket.closed ? 'closed' : 'open'],
    );
    const kinds = new Set([...this.#noted, ...ofSockets]);
    this.#noted = [];
    this.#sockets = [];
    return kinds;
  }

  /** Reads the answer to its end. */
  readonly ask = async (url: string, init: RequestInit = {}): Promise<void> => {
    const ending = await fetch(url, init).then(
      (answer) =>
        answer.text().then(
          () => answer.status,
          () => 'closed' as const,
        ),
      () => 'closed' as const,
    );
    this.#noted.push(ending);
  };

  /** The API, whose answers are noted. */
  of(api: Api): Api {
    const noted =
      <T extends unknown[]>(call: (...given: T) => Promise<ApiAnswer>) =>
      async (...given: T) => {
        const answer = await call(...given);
        this.#noted.push(answer.status);
        return answer;
      };
    const { get, post, put, patch } = api;
    return {
      ...api,
      get: noted(get),
      delete: noted(api.delete),
      post: noted(post),
      put: noted(put),
      patch: noted(patch),
    };
  }

  /** Notes the answers on a connection, and throws them away. */
  watch(socket: Socket): Socket {
    const statuses: Ending[] = [];
    this.#sockets.push({ statuses, socket });
    let rest = '';
    return socket.on('data', (chunk: Buffer) => {
      const text = rest + chunk.toString('latin1');
      for (const [, status] of text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) statuses.push(Number(status));
      rest = text.slice(-LONGEST_PART);
    });
  }
}
