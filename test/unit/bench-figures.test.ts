import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions } from '#src/dev/bench/options.ts';
import { percentilesOf } from '#src/dev/bench/percentiles.ts';
import type { Throughput } from '#src/dev/bench/scenarios/measure-throughput.ts';
import { readable } from '#src/dev/bench/table.ts';
import { Outage } from '#src/dev/bench/wire/outage.ts';
import { verdictsOn } from '#src/dev/bench/targets.ts';

const result = (figures: Partial<Throughput>): Throughput => ({
  fanOut: 1,
  payloadBytes: 300,
  accepted: 1000,
  refused: {},
  acceptedPerSecond: 6000,
  deliveredPerSecond: 6000,
  fromSend: percentilesOf([50]),
  walBytesPerDelivery: 999,
  serverCpuSecondsPer1000: 0.1,
  postgresCpuSecondsPer1000: 0.1,
  lost: 0,
  repeated: 0,
  ...figures,
});

const judged = (figures: Parameters<typeof verdictsOn>[0]) =>
  verdictsOn(figures).map(({ figure, limit, isMet }) => ({ figure, limit, isMet }));

test('percentiles are values that were measured', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  assert.deepEqual(percentilesOf(values), { count: 200, p50: 100, p95: 190, p99: 198, max: 200 });
  assert.deepEqual(percentilesOf([7]), { count: 1, p50: 7, p95: 7, p99: 7, max: 7 });
  assert.equal(percentilesOf([]).p99, Number.NaN);
});

test('deliveries are judged against the naive design and bare undici at the same fan-out', () => {
  const figures = {
    throughput: [
      result({}),
      result({
        fanOut: 3,
        deliveredPerSecond: 4000,
        walBytesPerDelivery: 650,
        fromSend: percentilesOf([150]),
      }),
    ],
    naive: [result({ deliveredPerSecond: 240 }), result({ fanOut: 3, deliveredPerSecond: 400 })],
    ceilings: { undiciPerSecond: 20_000, expressPerSecond: 20_000 },
  };
  assert.deepEqual(judged(figures), [
    { figure: 25, limit: 25, isMet: true },
    { figure: 0.3, limit: 1 / 7, isMet: true },
    { figure: 50, limit: 100, isMet: true },
    { figure: 999, limit: 1000, isMet: true },
    { figure: 10, limit: 25, isMet: false },
    { figure: 0.2, limit: 1 / 4, isMet: false },
    { figure: 150, limit: 150, isMet: false },
    { figure: 650, limit: 650, isMet: false },
    { figure: 0, limit: 0, isMet: true },
  ]);
});

test('payloads of 4 KB have no target of their own, and what was left out is not judged', () => {
  const onlyLosses = [{ figure: 0, limit: 0, isMet: true }];
  assert.deepEqual(judged({ throughput: [result({ payloadBytes: 4096 })] }), onlyLosses);
  assert.deepEqual(judged({}), []);
});

test('what was refused or lost is judged too, whatever the rest says', () => {
  const throughput = [result({ refused: { 503: 9 } }), result({ fanOut: 3, lost: 2 })];
  assert.deepEqual(judged({ throughput }).at(-1), { figure: 11, limit: 0, isMet: false });
});

test('what an outage lost is judged with the rest, and not what the endpoint refused', () => {
  const [backlog, live] = [percentilesOf([1]), percentilesOf([1])];
  const outage = new Outage();
  for (const number of [1, 2, 1]) assert.equal(outage.refuses(number), true);
  const { refused, refusedMessages } = outage.summary;
  assert.deepEqual([refused, refusedMessages], [3, 2]);
  const recovery = { accepted: 9, refused, backlog, live, mostInFlight: [1], lost: 4, repeated: 0 };
  assert.deepEqual(judged({ recovery }).at(-1), { figure: 4, limit: 0, isMet: false });
});

test('transformations are judged by what another account waits for its webhooks, with and without', () => {
  const none = percentilesOf([]);
  const turn = (isTransformed: boolean, p50: number) => ({
    isTransformed,
    latency: {
      ...result({ accepted: 100 }),
      ...{ messagesPerSecond: 200, fromSend: percentilesOf([p50]), fromAccept: none, answer: none },
    },
    executions: 10,
  });
  const turns = [turn(false, 2), turn(true, 5), turn(true, 7), turn(false, 4)];
  assert.deepEqual(judged({ transformations: turns }), [
    { figure: 2, limit: 1.1, isMet: false },
    { figure: 0, limit: 0, isMet: true },
  ]);
});

test('a figure that could not be measured meets no target', () => {
  const verdicts = judged({ throughput: [result({ walBytesPerDelivery: Number.NaN })] });
  assert.equal(verdicts.find(({ limit }) => limit === 1000)?.isMet, false);
});

test('numbers are printed with three digits that mean something', () => {
  assert.deepEqual([0.00123, 0.0456, 1.234, 98.76, 123.4, 1_234_567, 0].map(readable), [
    '0.001',
    '0.046',
    '1.23',
    '98.8',
    '123',
    '1,234,567',
    '0',
  ]);
  assert.equal(readable(Number.NaN), '-');
});

test('scenarios can be chosen, and run in their order', () => {
  assert.deepEqual(readOptions(['--only', 'naive, ceilings']).scenarios, ['ceilings', 'naive']);
  assert.equal(readOptions([]).processes, 1);
  assert.equal(readOptions(['--processes', '2']).processes, 2);
  assert.throws(() => readOptions(['--only', 'speed']), /there is no speed; there are ceilings, throughput/);
  assert.throws(
    () => readOptions(['--database', 'postgres://h/d']),
    /--database: add --only with throughput/,
  );
  assert.equal(readOptions(['--only', 'latency', '--database', 'postgres://h/d']).database, 'postgres://h/d');
  assert.throws(() => readOptions(['--seconds', '0']), /--seconds: must be a number above 0/);
  assert.throws(() => readOptions(['--sceonds', '1']), /sceonds/);
});
