import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Poller } from '#src/infra/lib/poller.ts';
import { eventually } from '#test/support/eventually.ts';

const NEVER_MS = 3_600_000;
const SOON_MS = 1;

/** Looks that do what `answers` says, one after the other, and then find nothing. */
function looking(everyMs: number, ...answers: (() => boolean | Promise<boolean>)[]) {
  const seen = { looks: 0, atOnce: 0, mostAtOnce: 0, errors: [] as unknown[] };
  const look = async () => {
    seen.atOnce += 1;
    seen.mostAtOnce = Math.max(seen.mostAtOnce, seen.atOnce);
    seen.looks += 1;
    try {
      return (await answers[seen.looks - 1]?.()) ?? false;
    } finally {
      seen.atOnce -= 1;
    }
  };
  const repeated = new Poller({
    poll: look,
    intervalMs: everyMs,
    onError: (error) => seen.errors.push(error),
  });
  return { repeated, seen };
}

describe('a repeated look', () => {
  it('is made at once, and again from time to time', async () => {
    const { repeated, seen } = looking(SOON_MS);
    repeated.start();
    assert.equal(seen.looks, 1);
    await eventually('again', () => seen.looks >= 3);
    await repeated.stop();
  });

  it('is made again at once while more is left', async () => {
    const { repeated, seen } = looking(
      NEVER_MS,
      () => true,
      () => true,
    );
    repeated.start();
    await eventually('three looks', () => seen.looks === 3);
    await repeated.stop();
  });

  it('is made again after one that failed, which is told', async () => {
    const broken = new Error('broken');
    const { repeated, seen } = looking(SOON_MS, () => Promise.reject(broken));
    repeated.start();
    await eventually('again', () => seen.looks >= 2);
    await repeated.stop();
    assert.deepEqual(seen.errors, [broken]);
  });

  it('waits for the one before it, and is waited for by stop, after which none is made', async () => {
    const first = Promise.withResolvers<boolean>();
    const { repeated, seen } = looking(SOON_MS, () => first.promise);
    repeated.start();
    let hasStopped = false;
    const stopped = repeated.stop().then(() => {
      hasStopped = true;
    });
    assert.equal(repeated.isStopped, true);
    await new Promise(setImmediate);
    assert.equal(hasStopped, false);
    first.resolve(true);
    await stopped;
    assert.deepEqual([seen.looks, seen.mostAtOnce], [1, 1]);
  });

  it('is not made when it was stopped between two', async () => {
    const { repeated, seen } = looking(20);
    repeated.start();
    await repeated.stop();
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(seen.looks, 1);
  });
});
