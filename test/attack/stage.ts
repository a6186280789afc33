import { connect, type Socket } from 'node:net';
import { after } from 'node:test';
import { type Api, apiOfNewAccount, makeApp, type Thing } from '#test/support/api.ts';
import { type AttackedServer, startServer } from '#test/support/attacked-server.ts';
import { createTestDatabase } from '#test/support/database.ts';
import { longForm } from '#test/support/long-form.ts';
import { Endings } from './endings.ts';

export type Attacks = Record<string, () => Promise<unknown>>;

export interface Stage {
  server: AttackedServer;
  attacker: Api;
  /** What the attacker has. */
  made: { app: Thing; subscription: Thing; endpoint: Thing };
  /** Of the attacker's app in the API. */
  path: string;
  /** The address of the attacker's Hook Helper, as a path. */
  inbox: string;
  helper: Thing;
  endings: Endings;
  ask: Endings['ask'];
  /** A connection to web that is closed after the attack. What arrives is thrown away. */
  open: () => Socket;
  /** Closes what stood open, so that an attack begins with nothing held. */
  clear: () => void;
}

export const MEGABYTE = 1024 * 1024;

/** Settings of the short form, which is part of `npm test`, and of `npm run attack`. */
export const lasting = longForm('ATTACK');

export const messageOf = (data: string) => `{"event_type":"user.created","version":"1.0","data":${data}}`;

export const all = <T>(count: number, work: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)));

/** Web and worker as the Procfile runs them, and an account that attacks them. */
export async function setStage(): Promise<Stage> {
  const database = await createTestDatabase();
  after(() => database[Symbol.asyncDispose]());
  const server = await startServer(database.url);
  after(() => server[Symbol.asyncDispose]());
  const endings = new Endings();
  const attacker = endings.of(await apiOfNewAccount(server));
  const made = await makeApp(attacker);
  const { body: helper } = await attacker.post('/hook_helpers');
  const sockets: Socket[] = [];
  endings.take();
  return {
    server,
    attacker,
    made,
    path: `/apps/${made.app.id}`,
    inbox: new URL(helper.url).pathname,
    helper,
    endings,
    ask: endings.ask,
    open: () => {
      const socket = connect(Number(new URL(server.url).port), 'localhost');
      sockets.push(socket);
      return endings.watch(socket.on('error', () => undefined));
    },
    clear: () => {
      for (const socket of sockets.splice(0)) socket.destroy();
    },
  };
}
