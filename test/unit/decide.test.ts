import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compileRetryPolicy, scheduleOf } from '#src/domain/outbound-rules/retry-policy.ts';
import { type FinishedAttempt, decide } from '#src/pipeline/send/decide.ts';

const SCHEDULE = [60, 300, 1500, 7500];

function after(statusCode: number | null, changes: Partial<FinishedAttempt> = {}) {
  return decide({
    result: { outcome: statusCode === null ? 'timeout' : 'status', statusCode, headers: [] },
    successPolicy: 'any_2xx',
    schedule: scheduleOf(SCHEDULE),
    attemptNumber: 1,
    isProbe: false,
    nowMs: 0,
    random: 0,
    ...changes,
  });
}

describe('after an attempt', () => {
  test('any 2xx is success, unless the app wants 200', () => {
    for (const status of [200, 201, 202, 204, 299]) assert.equal(after(status).succeeded, true);
    for (const status of [100, 199, 300, 304, 400, 404, 429, 500, 599]) {
      assert.equal(after(status).succeeded, false);
    }
    assert.equal(after(200, { successPolicy: 'only_200' }).succeeded, true);
    assert.equal(after(201, { successPolicy: 'only_200' }).succeeded, false);
  });

  test('a good status with a bad end is a failure', () => {
    const result: FinishedAttempt['result'] = { outcome: 'timeout', statusCode: 200, headers: [] };
    assert.equal(after(200, { result }).succeeded, false);
  });

  test('the schedule gives five attempts', () => {
    const waits = [1, 2, 3, 4, 5].map((attemptNumber) => after(500, { attemptNumber }).retryInSeconds);
    assert.deepEqual(waits, [60, 300, 1500, 7500, null]);
    assert.equal(after(500, { attemptNumber: 4 }).turnsOff, null);
    assert.equal(after(500, { attemptNumber: 5 }).turnsOff, 'attempts_exhausted');
  });

  test('a wait is up to a tenth longer than the schedule says, so that retries do not come all at once', () => {
    const waits = [0, 0.5, 1 - Number.EPSILON].map((random) => after(500, { random }).retryInSeconds ?? 0);
    assert.deepEqual(waits.map(Math.round), [60, 63, 66]);
    assert.ok(waits.every((seconds) => seconds >= 60 && seconds <= 66));
  });

  test('410 ends it at once', () => {
    const end = {
      succeeded: false,
      retryInSeconds: null,
      warns: false,
      turnsOff: 'gone',
      holdsForSeconds: 0,
    };
    assert.deepEqual(after(410), end);
    assert.deepEqual(after(410, { isProbe: true }), end);
  });

  test('a warning is due from half of all attempts on', () => {
    const firstWarned = (delays: number[]) =>
      [1, 2, 3, 4, 5, 6].find(
        (attemptNumber) => after(500, { schedule: scheduleOf(delays), attemptNumber }).warns,
      );
    const schedules = Array.from({ length: 6 }, (_, retries) => SCHEDULE.concat(60).slice(0, retries));
    assert.deepEqual(schedules.map(firstWarned), [1, 1, 2, 2, 3, 3]);
    assert.equal(after(500, { attemptNumber: 5 }).warns, true);
    assert.equal(after(200, { attemptNumber: 3 }).warns, false);
  });

  test('a status that the policy does not retry ends the delivery, and leaves the endpoint on', () => {
    const schedule = compileRetryPolicy({
      strategy: 'linear',
      interval_seconds: 5,
      count: 3,
      response_status_codes: ['>=500', '!501'],
    });
    assert.equal(after(500, { schedule }).retryInSeconds, 5);
    assert.equal(after(null, { schedule }).retryInSeconds, 5);
    for (const status of [422, 501]) {
      const { retryInSeconds, turnsOff, warns } = after(status, { schedule });
      assert.deepEqual(
        { retryInSeconds, turnsOff, warns },
        { retryInSeconds: null, turnsOff: null, warns: false },
      );
    }
  });

  test('a probe that fails has no consequences', () => {
    for (const attemptNumber of [1, 3, 5, 6]) {
      assert.deepEqual(after(500, { isProbe: true, attemptNumber }), {
        succeeded: false,
        retryInSeconds: null,
        warns: false,
        turnsOff: null,
        holdsForSeconds: 0,
      });
    }
    assert.equal(after(200, { isProbe: true }).succeeded, true);
  });

  test('Retry-After of 429 and 503 is for the endpoint, not for one delivery, whatever else follows', () => {
    const held = (statusCode: number, changes: Partial<FinishedAttempt> = {}) =>
      after(statusCode, {
        result: { outcome: 'status', statusCode, headers: [['retry-after', '120']] },
        ...changes,
      }).holdsForSeconds;
    assert.deepEqual(
      [429, 503].map((status) => held(status)),
      [120, 120],
    );
    assert.deepEqual(
      [200, 301, 500, 410].map((status) => held(status)),
      [0, 0, 0, 0],
    );
    assert.deepEqual([held(429, { attemptNumber: 5 }), held(429, { isProbe: true })], [120, 120]);
    assert.equal(after(429).holdsForSeconds, 0);
  });

  test('Retry-After postpones, in seconds or by date', () => {
    const asked = (statusCode: number, value: string) =>
      after(statusCode, { result: { outcome: 'status', statusCode, headers: [['Retry-After', value]] } })
        .retryInSeconds;
    assert.equal(asked(429, '120'), 120);
    assert.equal(asked(503, 'Thu, 01 Jan 1970 00:05:00 GMT'), 300);
    assert.equal(asked(500, '120'), 120);
    assert.equal(asked(429, '1'), 60);
    assert.equal(asked(429, 'soon'), 60);
    assert.equal(asked(429, '99999999'), 86_400);
  });

  test('whatever happens: success is final, a wait is never shorter than the schedule, off only without a retry', () => {
    const attempts = fc.record({
      statusCode: fc.option(fc.integer({ min: 100, max: 599 })),
      attemptNumber: fc.integer({ min: 1, max: 8 }),
      delaysSeconds: fc.array(fc.double({ min: 0, max: 1e5, noNaN: true }), { maxLength: 6 }),
      random: fc.double({ min: 0, max: 0.999, noNaN: true }),
      retryAfter: fc.option(fc.string()),
    });
    fc.assert(
      fc.property(attempts, ({ statusCode, retryAfter, delaysSeconds, ...rest }) => {
        const headers: [string, string][] = retryAfter === null ? [] : [['retry-after', retryAfter]];
        const schedule = scheduleOf(delaysSeconds);
        const outcome = statusCode === null ? 'reset' : 'status';
        const decision = after(statusCode, { ...rest, schedule, result: { outcome, statusCode, headers } });
        if (decision.succeeded) assert.equal(decision.retryInSeconds, null);
        if (decision.retryInSeconds === null) assert.ok(decision.succeeded || decision.turnsOff !== null);
        else {
          assert.ok(decision.retryInSeconds >= (delaysSeconds[rest.attemptNumber - 1] ?? Infinity));
          assert.ok(rest.attemptNumber <= delaysSeconds.length);
          assert.equal(decision.turnsOff, null);
        }
      }),
    );
  });
});
