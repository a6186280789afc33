import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { all, type Attacks, lasting, MEGABYTE, messageOf, type Stage } from './stage.ts';

/** Unfinished bodies that fit into what one account may have under way. */
const HELD_BODIES = 5;

/** Bodies that are large, deep, or do not end. */
export const bodies = (stage: Stage): Attacks => {
  const { server, attacker, made, path, inbox, helper, ask } = stage;
  return {
    'unfinished bodies of one key': () =>
      unfinished(stage, {
        count: lasting({ short: 40, long: 150 }),
        bytes: 5 * MEGABYTE,
        to: `/api/v1${path}/messages/batch`,
        key: attacker.apiKey,
      }),
    'unfinished bodies without a key': () =>
      unfinished(stage, { count: lasting({ short: 60, long: 300 }), bytes: MEGABYTE, to: inbox }),
    'large posts into a Hook Helper, then its lists': async () => {
      await all(lasting({ short: 20, long: 100 }), () =>
        ask(server.url + inbox, { method: 'POST', body: Buffer.alloc(1.05 * MEGABYTE, 'x') }),
      );
      await all(3, () => attacker.get(`/hook_helpers/${helper.id}/requests?per_page=100`));
    },
    'batches of large messages, then their lists': async () => {
      const message = messageOf(`"${'x'.repeat(MEGABYTE - 200)}"`);
      for (let n = 0; n < lasting({ short: 2, long: 15 }); n += 1) {
        await attacker.post(`${path}/messages/batch`, `[${Array(4).fill(message).join(',')}]`);
      }
      await all(3, () => attacker.get(`${path}/messages?per_page=100`));
      await all(3, () => attacker.get(`${path}/webhook_attempts?per_page=100`));
    },
    'lists of 500,000 members': () =>
      all(lasting({ short: 2, long: 10 }), () =>
        attacker.post(
          `/subscriptions/${made.subscription.id}/endpoints/${made.endpoint.id}/replay`,
          `{"status":[${'1,'.repeat(500_000)}1]}`,
        ),
      ),
    'JSON of 100,000 levels': () =>
      all(lasting({ short: 2, long: 10 }), () =>
        attacker.post(`${path}/messages/explain`, messageOf('['.repeat(100_000) + ']'.repeat(100_000))),
      ),
    'JSON of 80,000 unknown members': () => {
      const members = Array.from({ length: 80_000 }, (_, n) => `"a${String(n)}":1`);
      return all(lasting({ short: 3, long: 30 }), () =>
        attacker.post(`${path}/messages`, `{${members.join(',')}}`),
      );
    },
    'an import of long lines': () => {
      const lines = [
        '{"type":"header","format":"hostedhooks-export","version":1}',
        `{"type":"hook_helper","url":"${'x'.repeat(7.9 * MEGABYTE)}"}`,
        `{"type":"app","x":[${'{},'.repeat(2_600_000)}{}]}`,
      ];
      return attacker.post('/import', lines.join('\n'), { 'content-type': 'application/x-ndjson' });
    },
    '110 event types with schemas, in one batch': async () => {
      await server.fillWithSchemas(made.app.id, attacker.accountId, 110);
      const batch = Array.from({ length: 110 }, (_, n) =>
        messageOf('{}').replace('user.created', `big.${String(n + 1)}`),
      );
      await all(lasting({ short: 1, long: 5 }), () =>
        attacker.post(`${path}/messages/batch`, `[${batch.join(',')}]`),
      );
    },
    'bodies that are gzipped zeros': () => {
      const body = gzipSync(Buffer.alloc(64 * MEGABYTE));
      const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json' };
      return all(lasting({ short: 10, long: 200 }), () =>
        Promise.all([
          attacker.post(`${path}/messages`, body.toString('latin1'), headers),
          ask(server.url + inbox, { method: 'POST', body, headers }),
        ]),
      );
    },
  };
};

/** Requests whose last byte does not come. */
async function unfinished(
  { open }: Stage,
  { count, bytes, to, key }: { count: number; bytes: number; to: string; key?: string },
): Promise<void> {
  const send = async () => {
    const socket = open();
    const authorization = key === undefined ? '' : `authorization: Bearer ${key}\r\n`;
    const head = `POST ${to} HTTP/1.1\r\nhost: here\r\n${authorization}content-type: application/json\r\ncontent-length: ${String(bytes)}\r\n\r\n`;
    socket.write(head);
    const body = Buffer.alloc(bytes - 1, 'x');
    const written = new Promise((resolve) => socket.once('close', resolve).write(body, resolve));
    await Promise.race([written, pause(2000)]);
  };
  // One after another, because of bodies that all arrive at once each may be refused.
  for (let held = 0; held < HELD_BODIES; held += 1) await send();
  await all(count - HELD_BODIES, send);
}
