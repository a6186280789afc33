import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { findPlan, planSlugs } from '#src/domain/plans/plans.ts';
import { readSamples, type SampleSet } from '#src/surfaces/html/samples.ts';
import { assertComplete } from '#test/docs/placeholders.ts';
import { callPartner, provisionBody } from '#test/support/partner-calls.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { signedInVisitor, visitorOf } from '#test/support/pages.ts';

const SETS: SampleSet[] = ['setup', 'send', 'verify', 'verify-standard'];
const ROOT = new URL('../../', import.meta.url);

describe('the article about the add-on', () => {
  let server: TestServer;
  let page: string;
  let markdown: string;

  before(async () => {
    server = await sharedServer('web');
    const visitor = visitorOf(server.url);
    [page, markdown] = await Promise.all([
      visitor.get('/docs').then(({ text }) => text),
      visitor.get('/docs.md').then(({ text }) => text),
    ]);
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  it('is also there as Markdown, with all samples and no mark of ours left', async () => {
    const answer = await visitorOf(server.url).get('/docs.md');
    assert.match(answer.headers.get('content-type') ?? '', /^text\/markdown; charset=utf-8/);
    for (const { heading, fence, code } of SETS.flatMap((set) => readSamples(set, server.url))) {
      assert.ok(markdown.includes(`#### ${heading}\n\n\`\`\`${fence}\n${code}\n\`\`\``), heading);
    }
    assert.equal(/<%|<!--|\[object |www\.hostedhooks\.com/.exec(markdown)?.[0], undefined);
  });

  it('shows the samples in the language of the address, with links to the others', async () => {
    for (const [language, name] of [
      ['python', 'Python'],
      ['curl', 'cURL'],
    ] as const) {
      const { text } = await visitorOf(server.url).get(`/docs?language=${language}`);
      for (const set of SETS) {
        const samples = readSamples(set, server.url);
        const shown = samples.find((sample) => sample.language === language) ?? samples[0]!;
        for (const sample of samples) {
          assert.equal(unescaped(text).includes(sample.code), sample === shown, sample.heading);
        }
      }
      assert.match(
        text,
        new RegExp(`href="\\?language=${language}#samples-send" aria-current="true">${name}<`),
      );
    }
    for (const query of ['', '?language=cobol', '?language=constructor', '?language=go&language=php']) {
      const { status, text } = await visitorOf(server.url).get(`/docs${query}`);
      assert.equal(status, 200, query);
      assert.match(text, /href="\?language=ruby#samples-send" aria-current="true"/, query);
    }
  });

  it('has every file of samples, none of which needs filling in', () => {
    const files = globSync('views/docs/samples/*/*', { cwd: ROOT });
    const samples = SETS.flatMap((set) => readSamples(set, server.url).map((sample) => ({ set, sample })));
    assert.equal(samples.length, files.length);
    for (const { set, sample } of samples) assertComplete(sample, set);
  });

  it('leads to chapters that are there, each once', () => {
    const ids = Array.from(page.matchAll(/ id="([^"]+)"/g), ([, id]) => id);
    assert.deepEqual(ids, [...new Set(ids)]);
    const targets = Array.from(page.matchAll(/ href="(?:\?language=\w+)?#([^"]+)"/g), ([, id]) => id!);
    assert.ok(targets.length > 30, String(targets.length));
    for (const target of targets) assert.ok(ids.includes(target), target);
    const contents = page.slice(page.indexOf('class="docs-contents"'), page.indexOf('<article'));
    for (const [, id] of page.matchAll(/<h2 id="([^"]+)"><a/g)) assert.ok(contents.includes(`"#${id!}"`), id);
  });

  it('shows the plans as they are, without the one that is not for sale', () => {
    const table = /<table[^>]*><thead><tr><th scope="col">Plan<[^]*?<\/table>/.exec(page)?.[0] ?? '';
    const rows = Array.from(table.matchAll(/<tr><th class="cell-main" scope="row">[^]*?<\/tr>/g), ([row]) =>
      row
        .replaceAll('</td>', ' ')
        .replaceAll('</th>', ' ')
        .replace(/<[^>]+>/g, '')
        .trim(),
    );
    const expected = planSlugs
      .filter((slug) => slug !== 'test')
      .map((slug) => {
        const { messagesPerMonth, publishRate, endpoints, members, retentionDays } = findPlan(slug)!;
        const limits = [messagesPerMonth, publishRate, endpoints, members].map((limit) =>
          limit.toLocaleString('en-US'),
        );
        return `${slug} ${limits.join(' ')} ${String(retentionDays)} days`;
      });
    assert.deepEqual(rows, expected);
  });

  it('quotes what Heroku’s CLI shows of us', async () => {
    const body = provisionBody({ plan: 'hobby' });
    const provisioned = await callPartner(server, 'POST /', { body });
    const upgraded = await callPartner(server, `PUT /${body.uuid}`, { body: { plan: 'growth' } });
    for (const { body: answer } of [provisioned, upgraded]) {
      assert.ok(answer?.message !== undefined && markdown.includes(`\n${answer.message}\n`), answer?.message);
    }
  });

  it('says of every error of the API what to do about it', () => {
    const codes = globSync('src/**/*.ts', { cwd: ROOT })
      .filter((file) => !file.startsWith('src/dev/'))
      .map((file) => readFileSync(new URL(file, ROOT), 'utf8'))
      .flatMap((source) => [
        ...source.matchAll(/errorClass\(\d{3}, '(\w+)'\)/g),
        // Not zod's own, nor those of a delivery.
        ...source.matchAll(/(?:\bsuper\(|\bcode: )'(?!custom|unknown')([a-z_]+)'/g),
      ])
      .map(([, code]) => code!);
    assert.ok(codes.includes('rate_limited') || codes.includes('too_many_requests'));
    const missing = [...new Set(codes)].filter((code) => !markdown.includes(`\`${code}\``));
    assert.deepEqual(missing, [], 'add them to Troubleshooting in views/docs/article/5-account.md.ejs');
  });

  it('says the delays and times of this installation', async () => {
    await using other = await startTestServer({
      runs: 'web',
      env: {
        DELIVERY_RETRY_DELAYS: '30,60,7200',
        DELIVERY_TIMEOUT_MS: '1000',
        BASE_URL: 'https://hooks.example',
      },
    });
    const { writeArticle } = await import('#src/surfaces/docs/article.ts');
    const article = writeArticle(other.container.config);
    assert.match(article, /up to 4 attempts in all: 30 seconds, 1 minute and 2 hours apart/);
    assert.match(article, /no answer within 1 second,/);
    assert.match(article, /POST https:\/\/hooks\.example\/api\/v1\/apps/);
    assert.match(markdown, /up to 5 attempts in all: 1 minute, 5 minutes, 25 minutes and 2\.1 hours apart/);
  });

  it('stands in the frame of whoever is signed in', async () => {
    const visitor = await signedInVisitor(server);
    assert.match((await visitor.get('/docs')).text, /Open dashboard/);
    assert.match(page, />Sign in</);
  });
});

function unescaped(html: string): string {
  return html.replaceAll('&lt;', '<').replaceAll('&amp;', '&');
}
