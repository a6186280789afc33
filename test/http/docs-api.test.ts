import assert from 'node:assert/strict';
import { after, describe, mock, test } from 'node:test';
import ejs from 'ejs';
import { describedIn, sampleRequest } from '#src/surfaces/docs/api-sample-requests.ts';
import { API_SAMPLES, type SampleLanguage as Language } from '#src/surfaces/docs/api-samples/index.ts';
import type { SampleRequest } from '#src/surfaces/docs/api-samples/sample-request.ts';
import { runAll } from '../docs/reference-runs.ts';
import { INSTALLED_IN_CI, isOnHand } from '../docs/sample-runs.ts';
import { apiOfNewAccount, makeApp } from '../support/api.ts';
import { answer } from '../support/behaviours.ts';
import type { ReceivedRequest } from '../support/received-request.ts';
import { startReceiver } from '../support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { signedInVisitor } from '#test/support/pages.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

describe('the reference at /docs/api', () => {
  test('shows every operation with its sample, to everyone', async () => {
    const page = await (await fetch(`${server.url}/docs/api`)).text();
    for (const { operation } of server.description.operations) {
      assert.ok(page.includes(`<h3 id="${operation.operationId}">`), operation.operationId);
    }
    assert.match(page, /curl[^<]*\/apps\/APP_ID\/messages/);
    for (const name of Object.keys(server.description.document.components.schemas)) {
      if (page.includes(`href="#shape-${name}"`)) assert.ok(page.includes(`id="shape-${name}"`), name);
    }
  });

  test('is rendered once for all strangers, because that takes tens of milliseconds', async () => {
    await fetch(`${server.url}/docs/api`);
    const render = mock.method(ejs, 'renderFile');
    await fetch(`${server.url}/docs/api?n=2`);
    const rendered = render.mock.calls.map(({ arguments: [path] }) => path.replace(/.*\/views\//, ''));
    render.mock.restore();
    assert.deepEqual(rendered, ['layouts/public.ejs']);
  });

  test('is rendered again where that failed', async () => {
    const render = mock.method(ejs, 'renderFile');
    render.mock.mockImplementationOnce(() => Promise.reject(new Error('EMFILE')), 0);
    const statusOf = async () => (await fetch(`${server.url}/docs/api?language=go`)).status;
    const statuses = [await statusOf(), await statusOf()];
    render.mock.restore();
    assert.deepEqual(statuses, [500, 200]);
  });

  test('a sample has the parameters without which it is refused, and lines where lines are wanted', async () => {
    const page = await (await fetch(`${server.url}/docs/api`)).text();
    assert.ok(page.includes("/apps/APP_ID/publish?event_type=user.created&amp;version=1.0'"));
    assert.ok(page.includes(`--data-binary '{"type":"header","format":"hostedhooks-export","version":1}'`));
  });

  test('tells what many operations have in common once, by the status that each of them links to', async () => {
    const page = await (await fetch(`${server.url}/docs/api`)).text();
    for (const { operation } of server.description.operations) {
      const [, shown = ''] = page.split(`<h3 id="${operation.operationId}">`);
      const [, answers = ''] = (shown.split('<h3 ')[0] ?? '').split('<h4>Answers</h4>');
      for (const status of Object.keys(operation.responses)) {
        const isToldHere = answers.includes(`<dt><code>${status}</code></dt>`);
        const isLinked =
          answers.includes(`<a href="#error-${status}">`) && page.includes(`<dt id="error-${status}">`);
        assert.ok(isToldHere || isLinked, `${operation.operationId} ${status}`);
      }
    }
    const [reason] = Object.values(server.description.document.components.responses);
    assert.equal(page.split(reason?.description ?? '').length - 1, 1);
  });

  test('shows samples in the chosen language', async () => {
    const page = await (await fetch(`${server.url}/docs/api?language=go`)).text();
    assert.match(page, /http\.NewRequest/);
    assert.doesNotMatch(page, /curl -X/);
  });

  test("holds the id of the reader's own app", async () => {
    const visitor = await signedInVisitor(server);
    const app = await server.container.apps.create(visitor.accountId, { name: 'Acme' });
    const { text } = await visitor.get('/docs/api');
    assert.ok(text.includes(`/apps/${app.id}/messages`));
  });
});

/** Without these it is another machine than that of a developer. */
const ALWAYS_THERE: Language[] = ['curl', 'node'];
const KEY = 'hh_of_the_samples';
/** What languages write in ways of their own. */
const NAME = `It's "quoted" \\ $x #{y} \`é`;

const receiver = await startReceiver(answer(200, { body: 'taken' }));
after(() => receiver.close());
const api = await apiOfNewAccount(server);
const { app } = await makeApp(api);
const { document } = server.description;
const described = describedIn(document).map((operation) =>
  sampleRequest({ ...document, servers: [{ url: receiver.url }] }, operation),
);
const root = `${server.url}/api/v1`;
const body = { contentType: 'application/json', value: { name: NAME, uid: null, retry_delays: [1, 2.5] } };
const answered: SampleRequest[] = [
  { method: 'PATCH', url: `${root}/apps/${app.id}`, body },
  { method: 'GET', url: `${root}/apps/${app.id}`, body: undefined },
];

describe('samples do what the reference says', () => {
  for (const [name, { write }] of Object.entries(API_SAMPLES)) {
    const language = name as Language;
    if (!isExecuted(language)) {
      test(`in ${language} (not executed here: only its text is looked at)`, () => {
        for (const request of [...described, ...answered]) {
          const text = write(request);
          assert.ok(text.includes(request.url) && text.includes(request.method), text);
          assert.doesNotMatch(text, /undefined|\[object/);
        }
      });
      continue;
    }

    test(`in ${language}: every operation's asks for what is described`, async () => {
      const before = receiver.requests.length;
      await runAll(language, described.map(write), { HOSTEDHOOKS_API_KEY: KEY });
      const sent = receiver.requests.slice(before);
      assert.deepEqual(sent.map(seen), described.map(wanted));
    });

    test(`in ${language}: it is answered, whatever it says`, async () => {
      const stdout = await runAll(language, answered.map(write), { HOSTEDHOOKS_API_KEY: api.apiKey });
      const shown = Array.from(stdout.matchAll(/\{.*\}/g), ([text]) => JSON.parse(text) as object);
      assert.equal(shown.length, answered.length, stdout);
      for (const one of shown) assert.partialDeepStrictEqual(one, { id: app.id, name: NAME });
      await api.patch(`/apps/${app.id}`, { name: 'Acme' });
    });
  }

  function seen({ method, path, headers, body: content }: ReceivedRequest) {
    const type = content.length === 0 ? undefined : headers['content-type'];
    return {
      method,
      path,
      authorization: headers.authorization,
      type,
      content: readAs(type, String(content)),
    };
  }

  function wanted({ method, url, body: content }: SampleRequest) {
    const path = url.slice(receiver.url.length);
    return {
      method,
      path,
      authorization: `Bearer ${KEY}`,
      type: content?.contentType,
      content: content?.value,
    };
  }
});

const readAs = (type: string | undefined, text: string): unknown =>
  type === undefined ? undefined : type === 'application/json' ? JSON.parse(text) : text;

/**
 * In CI a language that is missing fails; but Go's compiler, which for the first time takes 42 seconds of a processor,
 * is not even installed there.
 */
function isExecuted(language: Language): boolean {
  if (ALWAYS_THERE.includes(language)) return true;
  return process.env['CI'] === undefined ? isOnHand(language) : INSTALLED_IN_CI.includes(language);
}
