import type { Publisher } from '#src/dev/bench/contenders/contender.ts';

/** A webhook sender that runs already. It is measured from outside: what it accepts, and what arrives. */
export interface Sender {
  name: string;
  /** Makes what one publishing customer with these endpoints has. */
  createApp(endpoints: string[]): Promise<Publisher>;
}

/** How to speak to one kind of sender. `user` and `key` are the two parts before the host in its URL. */
export type SenderKind = (api: SenderApi) => Sender['createApp'];

export interface SenderApi {
  origin: string;
  user: string;
  key: string;
  /** Answers the JSON of the response. Throws when its status is not 2xx. */
  call(method: 'POST' | 'PUT', path: string, body?: unknown): Promise<unknown>;
}
