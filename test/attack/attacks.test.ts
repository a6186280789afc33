import assert from 'node:assert/strict';
import { appendFile, readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { AttackResult } from '#src/dev/attack/result.ts';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { createTestDatabase } from '#test/support/database.ts';
import { startServer } from '#test/support/attacked-server.ts';
import { longForm } from '#test/support/long-form.ts';
import { startProgram } from '#test/support/program.ts';

// One account against web as the Procfile runs it: the others are served meanwhile, the process lives, its memory is
// bounded. The short form is part of `npm test`; `npm run attack` sends more, and measures how much later others are
// answered.

/** Set by `npm run attack`. */
const { ATTACK_REPORT } = process.env;
const lasting = longForm('ATTACK');
const OTHER_ACCOUNT = 'test/support/programs/other-account.ts';

const MEGABYTE = 1024 * 1024;
const MAX_RSS_MB = 512;

const database = await createTestDatabase();
after(() => database[Symbol.asyncDispose]());
const server = await startServer(database.url);
after(() => server[Symbol.asyncDispose]());
const attacker = await apiOfNewAccount(server);
const made = await makeApp(attacker);
const other = await apiOfNewAccount(server);
const theirs = await makeApp(other);
const { body: helper } = await attacker.post('/hook_helpers');

const messageOf = (data: string) => `{"event_type":"user.created","version":"1.0","data":${data}}`;
const path = `/apps/${made.app.id}`;
const all = <T>(count: number, work: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)));
const inbox = new URL(helper.url).pathname;

const attacks: Record<string, () => Promise<unknown>> = {
  'unfinished bodies of one key': () =>
    unfinished(lasting({ short: 40, long: 150 }), {
      bytes: 5 * MEGABYTE,
      to: `/api/v1${path}/messages/batch`,
      key: attacker.apiKey,
    }),
  'unfinished bodies without a key': () =>
    unfinished(lasting({ short: 60, long: 300 }), { bytes: MEGABYTE, to: inbox }),
  'large posts into a Hook Helper, then its lists': async () => {
    await all(lasting({ short: 20, long: 100 }), () =>
      fetch(server.url + inbox, { method: 'POST', body: Buffer.alloc(1.05 * MEGABYTE, 'x') }).catch(
        () => null,
      ),
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
        `/subscriptions/${made.subscription.id}/endpoints/x/replay`,
        `{"status":[${'1,'.repeat(500_000)}1]}`,
      ),
    ),
  'JSON of 100,000 levels': () =>
    all(lasting({ short: 2, long: 10 }), () =>
      attacker.post(`${path}/messages/explain`, messageOf('['.repeat(100_000) + ']'.repeat(100_000))),
    ),
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
  'malformed addresses': () =>
    all(lasting({ short: 20, long: 500 }), () =>
      fetch(`${server.url}/portal/%E0`).then((answer) => answer.text()),
    ),
  'a flood of requests without a key': () =>
    all(lasting({ short: 50, long: 2000 }), () =>
      fetch(`${server.url}/api/v1/apps`).then(
        (answer) => answer.text(),
        () => '',
      ),
    ),
};

const sockets: Socket[] = [];
const aloneMs = await slowestWhile(() => pause(lasting({ short: 100, long: 3000 })));
for (const [name, attack] of Object.entries(attacks)) {
  test(`${name}: others are served, and the process lives`, async () => {
    const slowestMs = await slowestWhile(attack);
    const peaks = await Promise.all(server.pids.map(peakMb));
    await report({ attack: name, aloneMs, slowestMs, rssMb: Math.max(...peaks) });
    for (const peak of peaks) assert.ok(peak > 0 && peak < MAX_RSS_MB, `${String(peak)} MB`);
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
    // What stood open is closed, so that an attack begins with nothing held.
    for (const socket of sockets.splice(0)) socket.destroy();
  });
}

/** The slowest answer to others, in ms, while something goes on. Every one of them is a success. */
async function slowestWhile(work: () => Promise<unknown>): Promise<number> {
  const words = [server.url, other.apiKey, theirs.app.id];
  await using others = startProgram(process.execPath, [OTHER_ACCOUNT, ...words]);
  assert.equal(await others.nextLine(), 'posting', others.errors());
  await work();
  others.kill('SIGTERM');
  const line = (await others.nextLine()) ?? assert.fail(others.errors());
  const { slowestMs, refused } = JSON.parse(line) as { slowestMs: number; refused: string[] };
  assert.deepEqual(refused, []);
  return slowestMs;
}

/** Requests whose last byte does not come. */
async function unfinished(
  count: number,
  { bytes, to, key }: { bytes: number; to: string; key?: string },
): Promise<void> {
  const { port } = new URL(server.url);
  await all(count, async () => {
    const socket = connect(Number(port));
    sockets.push(socket);
    socket.on('error', () => undefined).resume();
    const authorization = key === undefined ? '' : `authorization: Bearer ${key}\r\n`;
    const head = `POST ${to} HTTP/1.1\r\nhost: here\r\n${authorization}content-type: application/json\r\ncontent-length: ${String(bytes)}\r\n\r\n`;
    socket.write(head);
    const body = Buffer.alloc(bytes - 1, 'x');
    const written = new Promise((resolve) => socket.once('close', resolve).write(body, resolve));
    await Promise.race([written, pause(2000)]);
  });
}

/** The most memory that a process has had; 0 for one that is gone. */
async function peakMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

async function report(result: AttackResult): Promise<void> {
  if (ATTACK_REPORT !== undefined) await appendFile(ATTACK_REPORT, `${JSON.stringify(result)}\n`);
}
