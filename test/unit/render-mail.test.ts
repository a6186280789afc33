import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderMail } from '#src/domain/mail/render-mail.ts';
import { isReachable } from '#src/domain/mail/recipients.ts';
import type { Addon } from '#src/domain/mail/templates.ts';
import {
  INVITATION_SAMPLES,
  PERSON_SAMPLES,
  SAMPLES,
  SUBSCRIBER_SAMPLES,
} from '#test/support/mail-samples.ts';

const ABOUT: { addon: Addon; why: string } = {
  addon: { id: 'e3f5', name: 'hosted-hooks-flat-1', appName: 'shop', isOfHeroku: true },
  why: 'you are one of its admins',
};
const render = (sample: (typeof SAMPLES)[keyof typeof SAMPLES], about = ABOUT) =>
  renderMail({ ...sample, ...about });

const EVIL = 'http://www.evil.example and evil.test/login';

/** The data with another name in the place of each text that is no URL of ours and no word of ours. */
function renamed(data: unknown): unknown {
  if (typeof data === 'string')
    return /^(?:https:\/\/hooks\.example|[a-z_:-]+$|Its )/.test(data) ? data : EVIL;
  if (Array.isArray(data)) return data.map(renamed);
  if (data === null || typeof data !== 'object' || data instanceof Date) return data;
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, renamed(value)]));
}

describe('every mail', () => {
  for (const [name, sample] of Object.entries(SAMPLES)) {
    test(`says for which add-on it is, why it came and where to go: ${name}`, async () => {
      const { html, subject, text } = await render(sample);
      assert.match(subject, /^\S.{5,120}$/);
      for (const part of [html, text]) {
        const words = part.replaceAll(/<\/?strong>/g, '');
        assert.match(words, /add-on hosted-hooks-flat-1 on the Heroku app shop\./);
        assert.match(words, /You get this mail because you are one of its admins\./);
        assert.match(words, /https:\/\/hooks\.example\/\w+/);
        assert.doesNotMatch(words, /undefined|null|NaN|\[object/);
      }
      assert.doesNotMatch(text, /<%|&\w+;|\n{4}/);
      assert.doesNotMatch(html, /<img|<script|<link|<style|url\(/);
      assert.match(html, /<meta name="color-scheme" content="light dark">/);
    });
  }

  for (const [name, sample] of Object.entries(PERSON_SAMPLES)) {
    test(`to a person names no account: ${name}`, async () => {
      const { html, subject, text } = await renderMail({ ...sample, addon: null, why: 'you asked' });
      assert.match(subject, /HostedHooks/);
      for (const part of [html, text]) {
        assert.match(part, /HostedHooks\.(<br>)?\s+You get this mail because you asked\./);
        assert.match(part, /https:\/\/hooks\.example\/\w+/);
        assert.doesNotMatch(part, /undefined|null|NaN|\[object|<%/);
      }
    });
  }

  for (const [name, sample] of Object.entries(SUBSCRIBER_SAMPLES)) {
    test(`to a subscriber is the provider’s, with a link that opens the portal: ${name}`, async () => {
      const about = { addon: null, why: 'you asked', preferencesUrl: 'https://hooks.example/mails/token' };
      const { html, subject, text } = await renderMail({ ...sample, ...about });
      assert.match(subject, /^Webhooks from Acme: (your|12|2) endpoints? /);
      for (const part of [html, text]) {
        assert.match(part, /https:\/\/hooks\.example\/portal\/token/);
        assert.match(part, /https:\/\/hooks\.example\/mails\/token/);
        assert.match(part, /Acme\.(<br>)?\s+You get this mail because you asked\./);
        assert.doesNotMatch(part, /HostedHooks|add-on|undefined|null|NaN|\[object|<%/);
      }
    });
  }

  test('of an account without Heroku names it, and no command of Heroku’s', async () => {
    const addon = { ...ABOUT.addon, name: 'Acme', appName: null, isOfHeroku: false };
    const { html, text } = await render(SAMPLES['quota at 80'], { ...ABOUT, addon });
    for (const part of [html, text]) {
      assert.match(part.replaceAll(/<\/?strong>/g, ''), /HostedHooks, account Acme\./);
      assert.doesNotMatch(part, /heroku addons|add-on/);
    }
  });

  const ALL = { ...SAMPLES, ...PERSON_SAMPLES, ...SUBSCRIBER_SAMPLES, ...INVITATION_SAMPLES };
  for (const [name, sample] of Object.entries(ALL)) {
    test(`makes no link of a name that looks like one: ${name}`, async () => {
      const { html, subject, text } = await renderMail({
        template: sample.template,
        data: renamed(sample.data),
        addon: { ...ABOUT.addon, name: EVIL, isOfHeroku: false },
        why: `your address is that of ${EVIL}`,
      } as Parameters<typeof renderMail>[0]);
      const seen = [html, text, subject].map((part) => part.replaceAll('\u200b', ''));
      assert.ok(
        seen.slice(0, 2).every((part) => part.includes(EVIL)),
        'it reads as before',
      );
      for (const part of [html, text, subject])
        assert.doesNotMatch(part, /www\.evil|evil\.(?:example|test)|http:\/\//);
    });
  }

  test('survives names that are markup, line breaks or turned around', async () => {
    const name = '<script>"\'&\r\nSubject: x\u202e';
    const { html, subject, text } = await render(SAMPLES['one endpoint off'], {
      ...ABOUT,
      addon: { id: 'e3f5', name, appName: name, isOfHeroku: true },
    });
    assert.doesNotMatch(html, /<script|\u202e/);
    assert.match(html, /&lt;script&gt;&quot;&#39;&amp; Subject: x</);
    assert.doesNotMatch(text, /^Subject|\u202e|&lt;/m);
    assert.doesNotMatch(subject, /\p{Cc}/u);
  });

  test('has a subject of one short line', async () => {
    const { subject } = await render(SAMPLES['key changed'], {
      ...ABOUT,
      addon: { id: 'e3f5', name: `a\r\nb${'😀'.repeat(200)}`, appName: 'shop', isOfHeroku: true },
    });
    assert.match(subject, /^The API key of a b😀+\ufffd?…$/u);
    assert.ok(subject.length <= 151);
  });
});

describe('a quota warning', () => {
  test('counts and names the plan, the day when the count begins again, and the command', async () => {
    const { text } = await render(SAMPLES['quota at 80']);
    assert.match(text, /used 200,123 of the 250,000 messages that its plan starter has/);
    assert.match(text, /at least 80 %\. The count begins again on 1 December 2026\./);
    assert.match(text, /^ {4}heroku addons:upgrade hosted-hooks-flat-1 hosted-hooks:growth --app shop$/m);
  });

  test('names in the command what is known, and nothing that a shell would take otherwise', async () => {
    const commandOf = async (name: string, appName: string | null) => {
      const { html, text } = await render(SAMPLES['quota at 80'], {
        ...ABOUT,
        addon: { ...ABOUT.addon, name, appName },
      });
      const command = /^ {4}(heroku .*)$/m.exec(text)?.[1] ?? '';
      assert.ok(html.includes(`>${command}</pre>`));
      return command;
    };
    assert.equal(
      await commandOf('hosted-hooks-flat-1', null),
      'heroku addons:upgrade hosted-hooks-flat-1 hosted-hooks:growth',
    );
    // A resource of which no name is known.
    assert.equal(
      await commandOf('HostedHooks', 'shop'),
      'heroku addons:upgrade hosted-hooks:growth --app shop',
    );
    assert.equal(await commandOf('a; rm -rf', '$(x)'), 'heroku addons:upgrade hosted-hooks:growth');
  });

  test('says at the end of the quota that messages are refused', async () => {
    const { subject, text } = await render(SAMPLES['quota at 100']);
    assert.equal(subject, 'hosted-hooks-flat-1 has used all messages of this month');
    assert.match(text, /New messages are refused with status 402 until 1 December 2026/);
    assert.match(text, /What was accepted before is still delivered/);
  });

  test('of the largest plan names no larger one', async () => {
    const { html, text } = await render(SAMPLES['quota of the largest plan']);
    for (const part of [html, text]) {
      assert.match(part, /There is no larger plan/);
      assert.doesNotMatch(part, /change to a larger|heroku addons/);
    }
  });
});

test('a changed key is in the config of the app, or its reader must put it there', async () => {
  const { text: done } = await render(SAMPLES['key changed']);
  assert.match(done, /We have put the new key into the config vars/);
  const { text: toDo } = await render(SAMPLES['key to copy']);
  assert.match(toDo, /We could not put the new key into the config vars/);
  assert.match(toDo, /works until 30 November 2026 at 10:00 UTC/);
});

test('only an address of one person is written to', () => {
  const right = ['ada@acme.example', "o'brien+x@acme.example", 'ädä@acme.example'];
  const wrong = [
    '',
    'ada',
    '@acme.example',
    'ada@',
    'a b@acme.example',
    'a@b,c@d',
    'a@b\n',
    '<a@b>',
    'x@herokumanager.com',
  ];
  assert.deepEqual([...right, ...wrong].filter(isReachable), right);
});
