import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import express from 'express';
import { sameOrigin } from '#src/surfaces/html/same-origin.ts';

describe('the same-origin guard', () => {
  const app = express();
  app.use(sameOrigin, (_req, res) => void res.status(204).end());
  const server = app.listen(0);
  let origin: string;
  before(async () => {
    if (!server.listening) await once(server, 'listening');
    origin = `http://localhost:${String((server.address() as AddressInfo).port)}`;
  });
  after(() => server.close());

  const ask = async (method: string, headers: Record<string, string>) => {
    const own = Object.entries(headers).map(([name, value]) => [name, value.replace('OURS', origin)]);
    const response = await fetch(origin, {
      method,
      headers: Object.fromEntries(own) as Record<string, string>,
    });
    await response.text();
    return response.status;
  };

  const passes: [string, string, Record<string, string>][] = [
    ['a form of our own page', 'POST', { 'sec-fetch-site': 'same-origin' }],
    ["a person's own doing, like a reload", 'POST', { 'sec-fetch-site': 'none' }],
    ['an old browser on a page of ours', 'POST', { origin: 'OURS' }],
    ['a link from anywhere', 'GET', { 'sec-fetch-site': 'cross-site' }],
  ];
  for (const [what, method, headers] of passes) {
    test(`lets ${what} pass`, async () => assert.equal(await ask(method, headers), 204));
  }

  const refused: [string, string, Record<string, string>][] = [
    ["another site's form", 'POST', { 'sec-fetch-site': 'cross-site' }],
    ["a sibling host's form", 'POST', { 'sec-fetch-site': 'same-site' }],
    [
      "another site's form that claims our origin",
      'POST',
      { 'sec-fetch-site': 'cross-site', origin: 'OURS' },
    ],
    ['an old browser on another site', 'POST', { origin: 'https://evil.example' }],
    ['an old browser that hides where it is', 'POST', { origin: 'null' }],
    ['what says nothing', 'DELETE', {}],
  ];
  for (const [what, method, headers] of refused) {
    test(`refuses ${what}`, async () => assert.equal(await ask(method, headers), 403));
  }
});
