import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arrivals } from '#src/dev/bench/wire/arrivals.ts';
import { HttpReader } from '#src/dev/bench/wire/http-reader.ts';
import { numberedData, numberOffset, readNumber, writeNumber } from '#src/dev/bench/wire/numbered-body.ts';

const POST = 'POST /run1/0 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello';
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

function read(...chunks: string[]): { start: string | undefined; body: string }[] {
  const messages: { start: string | undefined; body: string }[] = [];
  const reader = new HttpReader((head, body) => {
    messages.push({ start: head.split('\r\n')[0], body: body.toString() });
  });
  for (const chunk of chunks) reader.read(Buffer.from(chunk));
  return messages;
}

const posted = { start: 'POST /run1/0 HTTP/1.1', body: 'hello' };

test('a message is read wherever it was cut on its way', () => {
  for (let cut = 1; cut < POST.length; cut += 1) {
    assert.deepEqual(read(POST.slice(0, cut), POST.slice(cut)), [posted], `cut at ${String(cut)}`);
  }
  assert.deepEqual(read(...(POST.match(/[^]/g) ?? [])), [posted]);
});

test('messages that arrive together are told apart, also without a body', () => {
  const got = { start: 'GET / HTTP/1.1', body: '' };
  assert.deepEqual(read(POST + GET + POST + POST.slice(0, 30), POST.slice(30)), [
    posted,
    got,
    posted,
    posted,
  ]);
});

test('nothing is read of a message until its body is whole', () => {
  assert.deepEqual(read(POST.slice(0, -1)), []);
});

test('data has the length that was asked for, and carries its number through an envelope', () => {
  for (const bytes of [300, 4096]) {
    const data = JSON.stringify(numberedData(bytes));
    assert.equal(data.length, bytes);
    const request = Buffer.from(`{"event_type":"user.created","data":${data}}`);
    writeNumber(request, numberOffset(request), 1_234_567);
    const { data: sent } = JSON.parse(request.toString()) as { data: object };
    assert.equal(readNumber(Buffer.from(JSON.stringify({ type: 'user.created', data: sent }))), 1_234_567);
  }
});

test('arrivals are counted once each, and what comes again apart', () => {
  const arrivals = new Arrivals(3);
  for (const [message, endpoint] of [
    [0, 0],
    [0, 1],
    [0, 1],
    [50_000, 2],
    [50_000, 2],
    [50_000, 2],
  ] as const) {
    arrivals.add(message, endpoint);
  }
  const { distinct, repeated, firstAtMs, lastAtMs } = arrivals.summary;
  assert.deepEqual({ distinct, repeated }, { distinct: 3, repeated: 3 });
  assert.equal(arrivals.times()[0], firstAtMs);
  assert.equal(arrivals.times()[150_002], lastAtMs);
  assert.equal(arrivals.times()[2], 0);
});
