import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Request, Response } from 'express';
import { sameOrigin } from '#src/http/same-origin.ts';

const cases: [string, string, Record<string, string>, boolean][] = [
  ['a page of ours posts', 'POST', { 'sec-fetch-site': 'same-origin' }, true],
  ['a person reloads', 'POST', { 'sec-fetch-site': 'none' }, true],
  ['another site posts', 'POST', { 'sec-fetch-site': 'cross-site' }, false],
  ['a sibling host posts', 'POST', { 'sec-fetch-site': 'same-site' }, false],
  [
    'another site posts with our origin',
    'POST',
    { 'sec-fetch-site': 'cross-site', origin: 'https://hooks.example' },
    false,
  ],
  ['an old browser posts from a page of ours', 'POST', { origin: 'https://hooks.example' }, true],
  ['an old browser posts from another site', 'POST', { origin: 'https://evil.example' }, false],
  ['an old browser hides where from', 'POST', { origin: 'null' }, false],
  ['nothing is said', 'DELETE', {}, false],
  ['another site only reads', 'GET', { 'sec-fetch-site': 'cross-site' }, true],
];

for (const [when, method, headers, passes] of cases) {
  test(`${when}: ${passes ? 'passes' : 'refused'}`, () => {
    let outcome: unknown;
    const all: Record<string, string> = { host: 'hooks.example', ...headers };
    const req = { method, get: (name: string) => all[name] } as unknown as Request;
    void sameOrigin(req, {} as Response, (error) => (outcome = error ?? 'passed'));
    if (passes) assert.equal(outcome, 'passed');
    else assert.equal((outcome as { status: number }).status, 403);
  });
}
