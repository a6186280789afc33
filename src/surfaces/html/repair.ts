import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '#src/domain/apps/app.ts';
import type { LoggedAttempt } from '#src/domain/attempts/logged-attempt.ts';
import type { Container } from '#src/container.ts';
import { countBacklog, MAX_COUNTED } from '#src/domain/deliveries/count-backlog.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import { changedAfter } from '#src/domain/endpoints/endpoint-since.ts';
import { lastFailedAttempt } from '#src/domain/issues/last-failed-attempt.ts';
import { replayProgress } from '#src/domain/replays/replay-progress.ts';
import { sentenceOf } from './attempt-sentence.ts';

const LATEST_ATTEMPTS = 50;
const WAIT_MS = 4000;
const POLL_MS = 100;

export type RepairParts = Pick<Container, 'attempts' | 'pool' | 'replays'>;

/** How far the repair of an endpoint is: the last failure, the last test, whether it is on, and what it missed. */
export async function readRepair(container: RepairParts, app: App, endpoint: Endpoint) {
  const paging = { limit: LATEST_ATTEMPTS, offset: 0 };
  const [attempts, { failed, held, scheduled }, replay, behindIssue] = await Promise.all([
    container.attempts.page(app, { endpointId: endpoint.id }, paging),
    countBacklog(container.pool, endpoint, { upTo: MAX_COUNTED }),
    readReplay(container, endpoint),
    endpoint.hasIssues ? lastFailedAttempt(container.pool, endpoint) : null,
  ]);
  const test = attempts.find(({ trigger }) => trigger === 'test');
  const lately = attempts.find(({ succeeded, trigger }) => !succeeded && trigger !== 'test');
  // A busy endpoint has had more attempts since the one behind its issue, which may be deleted already.
  const failure = lately ?? (behindIssue === null ? null : await container.attempts.find(app, behindIssue));
  // One from before the failure says nothing of how it is now, and neither does one of another URL, secret or version.
  const isNew = test !== undefined && (failure === null || test.id > failure.id);
  const changed = isNew ? changedAfter(endpoint, test) : null;
  const wasTested = isNew && test.succeeded && changed === null;
  const isOn = endpoint.status === 'active';
  const missed = failed + held;
  const isReplaying = replay?.isRunning ?? false;
  const done = {
    fix: wasTested || (failure === null && behindIssue === null),
    test: wasTested,
    on: isOn,
    send: isOn && missed === 0 && !isReplaying,
  };
  const steps = ['fix', 'test', 'on', 'send'] as const;
  return {
    /** Attempts of messages among which the failure was looked for. */
    looked: attempts.filter(({ trigger }) => trigger !== 'test').length,
    hasIssue: behindIssue !== null,
    failure: failure === null ? null : shown(failure, endpoint),
    test: isNew ? { ...shown(test, endpoint), changed } : null,
    isOn,
    missed,
    isMissedCut: missed >= MAX_COUNTED,
    waiting: scheduled,
    replay,
    done,
    /** What is next; "fix" and "test" are one wait: a test that succeeds ends both. */
    current: steps.find((step) => step !== 'fix' && !done[step]) ?? null,
  };
}

function shown(attempt: LoggedAttempt, endpoint: Endpoint) {
  const { id, attemptedAt: at, succeeded, eventType } = attempt;
  return { id, at, succeeded, eventType, sentence: sentenceOf(attempt, endpoint) };
}

/** The latest replay with what came of it; null without any. */
export async function readReplay(
  { pool, replays }: Pick<RepairParts, 'pool' | 'replays'>,
  endpoint: Endpoint,
) {
  const replay = await replays.latest(endpoint);
  if (replay === null || replay.total === 0) return null;
  const { sent, failed, isCut } = await replayProgress(pool, endpoint, replay);
  const { id, total, status, createdAt } = replay;
  const isUnfinished = status === 'running' || status === 'queued';
  return {
    id,
    total,
    sent,
    failed,
    createdAt,
    /** Whether it can be stopped. */
    isUnfinished,
    isRunning: isUnfinished || (!isCut && isUnderWay(replay, sent + failed)),
  };
}

/** All are on their way, and not all have been tried. One that is cancelled, or that others overtook, is over. */
const isUnderWay = ({ status, done }: { status: string; done: number }, tried: number) =>
  status === 'done' && tried < done;

/**
 * Polls until a replay that has begun is over, for four seconds at most, because without script the page does not
 * reload by itself. Most replays are short.
 */
export async function replayedSoon(container: RepairParts, endpoint: Endpoint): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (performance.now() < deadline) {
    const replay = await readReplay(container, endpoint);
    if (replay?.isRunning !== true) return;
    await sleep(POLL_MS);
  }
}
