import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inNamesOf } from '#src/surfaces/html/personal-samples.ts';
import { withReader } from '#src/surfaces/html/reader-samples.ts';
import { BASES, type Language, readSamples, type SampleSet } from '#src/surfaces/html/samples.ts';
import {
  createSigningKey,
  signHostedHooks,
  signStandardWebhooks,
  standardWebhooksSecret,
} from '#src/infra/lib/signature.ts';
import { assertComplete } from '#test/docs/placeholders.ts';
import { INSTALLED_IN_CI, isOnHand, type Program, type Run, runSample } from '#test/docs/sample-runs.ts';
import { eventually } from '#test/support/eventually.ts';
import type { ReceivedRequest } from '#test/support/received-request.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp, type SubscribedApp } from '#test/support/subscribed-app.ts';
import { createTemporaryFolder } from '#test/support/temporary-folder.ts';

/** What the samples say that they send. */
const SENT = { type: 'user.created', version: '1.0', data: { id: 42, email: 'kim@example.com' } };
const SENDERS: Language[] = [
  ...(['ruby', 'rails', 'node', 'nextjs', 'python', 'django', 'php', 'laravel'] as const),
  ...(['go', 'java', 'spring', 'csharp', 'aspnet', 'curl'] as const),
];
const STANDARD_VERIFIERS: Language[] = ['ruby', 'node', 'python', 'php', 'go', 'java', 'csharp'];
const SETS: SampleSet[] = ['send', 'verify', 'verify-standard'];
const DATA = '{"name":"Zoë ☂","total":1.0}';

/** The programs of the article, as `/docs.md` shows them, each run by its language. */
describe('samples of the article', { concurrency: 2 }, () => {
  let server: TestServer;
  let receiver: Receiver;
  let article: string;
  let delivery: Delivery;

  before(async () => {
    [server, receiver] = await Promise.all([startTestServer(), startReceiver()]);
    article = await fetch(`${server.url}/docs.md`).then((response) => response.text());
    delivery = await makeDelivery(server, receiver);
  });
  after(async () => {
    await (server as TestServer | undefined)?.[Symbol.asyncDispose]();
    await (receiver as Receiver | undefined)?.close();
  });

  for (const language of SENDERS) {
    executed(language, 'sends a message that is delivered, once', async (folder) => {
      const app = await createSubscribedApp(server, { url: `${receiver.url}/${language}` });
      const program = programOf('send', language, { folder, env: environmentOf(app) });

      const first = await runSample(program, 'send');
      const second = await runSample(inReadersNames(program, app.app.id), 'send');

      assert.deepEqual([first.exitCode, second.exitCode], [0, 0], first.stderr + second.stderr);
      const id = idIn(first);
      assert.equal(idIn(second), id, 'the same event_id answers with the first message');
      const arrived = await arrivalAt(`/${language}`);
      const { created: _created, ...body } = JSON.parse(String(arrived.body)) as Record<string, unknown>;
      assert.deepEqual(body, SENT);
      assert.equal(arrived.headers['webhook-id'], id);
    });

    executed(language, 'says why a message was refused', async (folder) => {
      const app = await createSubscribedApp(server, { url: `${receiver.url}/nothing` });
      const env = { ...environmentOf(app), HOSTEDHOOKS_API_KEY: 'wrong' };
      const run = await runSample(programOf('send', language, { folder, env }), 'send');
      assert.notEqual(run.exitCode, 0);
      assert.match(
        run.stdout + run.stderr,
        /401[^]*unknown, expired or revoked|unknown, expired or revoked[^]*401/,
      );
    });

    executed(language, 'tells genuine webhooks from others', async (folder) => {
      const env = { HOSTEDHOOKS_SIGNING_SECRET: delivery.secret };
      const { modified, body, header } = writeBodies(folder, delivery);
      const { secret, text } = delivery;
      const now = Math.floor(Date.now() / 1000);
      const signed = (seconds: number, key = secret) => signHostedHooks(createSigningKey(key), seconds, text);
      const cases: [expected: string, header: string, file: string][] = [
        ['genuine', header, body],
        ['genuine', signed(now - 200), body],
        ['refused', header, modified],
        ['refused', signed(now, 'another secret'), body],
        ['refused', signed(now - 400), body],
        ['refused', signed(now + 400), body],
        ['refused', `t=${String(now)},s=${'0'.repeat(64)}`, body],
        ['refused', 'nonsense', body],
        ['refused', '', body],
      ];
      const args = cases.flatMap(([, given, file]) => [given, file]);
      const run = await runSample(programOf('verify', language, { folder, env }), 'verify', args);
      assert.deepEqual(
        run.stdout.trim().split('\n'),
        cases.map(([expected]) => expected),
        run.stderr,
      );
    });
  }

  for (const language of SENDERS) {
    executed(language, 'tells genuine webhooks in the names of a provider', async (folder) => {
      const provider = { name: 'Zoë & Co. (2)', headerPrefix: 'zoe-co' };
      const env = { ZOE_CO_2_SIGNING_SECRET: delivery.secret };
      const { modified, body, header } = writeBodies(folder, delivery);
      const program = programOf('verify', language, { folder, env });
      const run = await runSample(inNames(program, provider), 'verify', [header, body, header, modified]);
      assert.deepEqual(run.stdout.trim().split('\n'), ['genuine', 'refused'], run.stderr);
    });
  }

  for (const language of STANDARD_VERIFIERS) {
    executed(language, 'tells genuine webhooks from others by Standard Webhooks', async (folder) => {
      const env = { HOSTEDHOOKS_SIGNING_SECRET: standardWebhooksSecret(delivery.secret) };
      const { modified, body } = writeBodies(folder, delivery);
      const { id, time, signatures, secret, text } = delivery;
      const now = Math.floor(Date.now() / 1000);
      const signed = (timestampSeconds: number, key = secret): [string, string, string] => [
        id,
        String(timestampSeconds),
        signStandardWebhooks(createSigningKey(key), { id, timestampSeconds, body: text }),
      ];
      const cases: [expected: string, id: string, time: string, signatures: string, file: string][] = [
        ['genuine', id, time, signatures, body],
        ['genuine', id, time, `${signed(now, 'old')[2]} ${signatures}`, body],
        ['refused', id, time, signatures, modified],
        ['refused', 'another-id', time, signatures, body],
        ['refused', ...signed(now, 'another secret'), body],
        ['refused', ...signed(now - 400), body],
        ['refused', ...signed(now + 400), body],
        ['refused', id, '', signatures, body],
        ['refused', id, 'nonsense', '', body],
      ];
      const args = cases.flatMap(([, ...given]) => given);
      const program = programOf('verify-standard', language, { folder, env });
      const run = await runSample(program, 'verify-standard', args);
      assert.deepEqual(
        run.stdout.trim().split('\n'),
        cases.map(([expected]) => expected),
        run.stderr,
      );
    });
  }

  executed('curl', 'sets up an app, an event and an endpoint that receives', async (folder) => {
    const { apiKey } = await server.createAccount();
    const program = programOf('setup', 'curl', { folder, env: { HOSTEDHOOKS_API_KEY: apiKey } });
    const code = program.code.replace('https://globex.example/webhooks', `${receiver.url}/set-up`);
    const run = await runSample({ ...program, code }, 'setup');
    assert.equal(run.exitCode, 0, run.stderr + run.stdout);

    const env = { HOSTEDHOOKS_API_KEY: apiKey, HOSTEDHOOKS_APP_ID: 'acme-shop' };
    await runSample(programOf('send', 'curl', { folder, env }), 'send');
    await arrivalAt('/set-up');
    const path = '/subscriptions/globex/endpoints/globex-production/secret';
    const headers = { authorization: `Bearer ${apiKey}` };
    assert.equal(
      (await fetch(`${server.url}/api/v1${path}`, { headers })).status,
      200,
      'as the article says',
    );
  });

  /**
   * Continuous integration executes what it installs, and fails where that is missing; not Go and Java, because to
   * compile Go's HTTP client takes a minute. Elsewhere whatever is on hand is executed.
   */
  function executed(language: Language, what: string, test: (folder: string) => Promise<void>): void {
    const isExecuted =
      process.env['CI'] === undefined ? isOnHand(language) : INSTALLED_IN_CI.includes(language);
    if (isExecuted) {
      it(`${language}: ${what}`, async () => {
        await using folder = await createTemporaryFolder();
        await test(folder.path);
      });
    } else {
      it(`${language}: ${what} (not executed here: only its text is looked at)`, () => {
        for (const set of SETS) {
          const sample = readSamples(set, server.url).find((candidate) => candidate.language === language);
          if (sample !== undefined) assertComplete(sample, set);
        }
      });
    }
  }

  function programOf(set: SampleSet, language: Language, where: Pick<Program, 'folder' | 'env'>): Program {
    const heading = (wanted: Language) =>
      readSamples(set, server.url).find((sample) => sample.language === wanted)?.heading ?? '';
    const code = fencedBelow(article, heading(language));
    const stands = BASES[language];
    const base = stands === undefined ? '' : fencedBelow(article, heading(stands));
    return { language, code, base, ...where };
  }

  async function arrivalAt(path: string): Promise<ReceivedRequest> {
    const find = () => receiver.requests.find((request) => request.path === path);
    await eventually(`delivered to ${path}`, () => find() !== undefined);
    return find()!;
  }
});

/** The program, and what drives it, as the verifying page of a provider's portal shows it. */
function inNames(program: Program, provider: Parameters<typeof inNamesOf>[0]): Program {
  const renamed = (code: string) => inNamesOf(provider, code);
  const { code, base } = program;
  return { ...program, code: renamed(code), base: renamed(base), rename: renamed };
}

/** The program as the page of a reader shows it, who has set nothing but the API key. */
function inReadersNames(program: Program, appId: string): Program {
  const filled = (code: string) => withReader(code, { appId, eventType: SENT.type });
  const { HOSTEDHOOKS_APP_ID: _read, ...env } = program.env;
  return { ...program, code: filled(program.code), base: filled(program.base), env };
}

/** A webhook that was really delivered, and its endpoint's secret. */
interface Delivery {
  secret: string;
  header: string;
  id: string;
  time: string;
  signatures: string;
  text: string;
}

async function makeDelivery(server: TestServer, receiver: Receiver): Promise<Delivery> {
  const app = await createSubscribedApp(server, { url: `${receiver.url}/verified` });
  await app.post({ dataText: DATA });
  const { headers, body } = await receiver.nextRequest();
  const header = (name: string) => String(headers[name]);
  return {
    secret: server.container.endpoints.revealSecret(app.endpoint),
    header: header('hostedhooks-signature'),
    id: header('webhook-id'),
    time: header('webhook-timestamp'),
    signatures: header('webhook-signature'),
    text: body.toString(),
  };
}

function writeBodies(folder: string, { text, header }: Delivery) {
  const [body, modified] = [join(folder, 'body.json'), join(folder, 'modified.json')];
  writeFileSync(body, text);
  writeFileSync(modified, text.replace('1.0}', '9.0}'));
  return { body, modified, header };
}

function environmentOf({ apiKey, app }: SubscribedApp): Record<string, string> {
  return { HOSTEDHOOKS_API_KEY: apiKey, HOSTEDHOOKS_APP_ID: app.id };
}

/** The message's id, which every sample prints in some form. */
function idIn({ stdout, stderr }: Run): string {
  const id = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(stdout)?.[0];
  assert.ok(id !== undefined, stdout + stderr);
  return id;
}

function fencedBelow(markdown: string, heading: string): string {
  const [, rest = ''] = markdown.split(`#### ${heading}\n`);
  const code = /^\n```[a-z]+\n([^]*?)\n```$/m.exec(rest)?.[1];
  assert.ok(code !== undefined, `The article has no sample under "${heading}"`);
  return `${code}\n`;
}
