import { ANSWER_BOUNDS_MS } from '#src/domain/attempts/answer-times.ts';
import { successRateOf } from '#src/domain/attempts/delivery-counts.ts';
import { type Range, resolutionOf } from '#src/domain/attempts/ranges.ts';
import type { MessageOutcomes } from '#src/domain/deliveries/message-success.ts';
import { STATE_LABELS } from '#src/domain/deliveries/state-labels.ts';
import { MAX_COUNTED } from '#src/domain/endpoint-queues/count-waiting.ts';
import { viewHelpers } from '#src/surfaces/html/view-helpers.ts';
import type { HomeNumbers, Period } from './home-numbers.ts';

/** A number of the first page, as a link to what it counts. */
export interface Figure {
  label: string;
  value: string;
  href: string;
  /** What it is of, and what to look at, each a link where there is a list of it. */
  notes: { text: string; href?: string }[];
  /** The same of the time before; null where there was nothing. */
  before: string | null;
}

interface Shown {
  app: { id: string } | null;
  /** Of the account; one alone is as good as chosen. */
  apps: { id: string }[];
  range: Range;
}

const { duration, number, percent, plural } = viewHelpers;

export function figuresOf(numbers: HomeNumbers, { app, apps, range }: Shown): Figure[] {
  const only = app ?? (apps.length === 1 ? apps[0] : undefined);
  const since = new Date(numbers.now.span.sinceMs).toISOString().slice(0, 16);
  const log = (list: string, filters: Record<string, string> = {}) =>
    `${only === undefined ? '/logs' : `/apps/${only.id}/${list}`}?${String(new URLSearchParams({ ...filters, since }))}`;
  const before = `in the ${lengthOf(range)} before`;
  return [
    messageFigure(numbers, log, before, only !== undefined),
    attemptFigure(numbers, log, before),
    answerFigure(numbers, log, before),
    waitingFigure(numbers, only === undefined ? '/apps' : `/apps/${only.id}/deliveries?state=scheduled`),
    ...usageFigure(numbers),
  ];
}

type Log = (list: string, filters?: Record<string, string>) => string;

/**
 * Of all deliveries of the messages how many are on track: a message to many endpoints that missed one of them is no
 * message that nobody got, so the messages are told of beside.
 */
function messageFigure({ now, before }: HomeNumbers, log: Log, when: string, isOneApp: boolean): Figure {
  const { delivered, missed, under_way: underWay, unsent, messages, deliveries, isCut } = now.messages;
  const { failed, held } = now.messages.missedDeliveries;
  const rate = onTrackRate(now.messages);
  const earlier = before.messages && onTrackRate(before.messages);
  const sent = messages - unsent;
  // Above what is counted the lists have more than the counts, so there are no links.
  const state = (count: number, label: string, name: string) =>
    count === 0
      ? []
      : [
          {
            text: `${number(count)} ${label}`,
            ...(isOneApp && !isCut && { href: log('deliveries', { state: name }) }),
          },
        ];
  return {
    label: 'Deliveries on track',
    value: rate === null ? '–' : percent(rate),
    href: log('deliveries'),
    notes: [
      ...(isCut ? [{ text: `of the newest ${plural(messages, 'message', 'messages')}:` }] : []),
      ...(rate === null
        ? []
        : [
            {
              text: `${number(deliveries - failed - held)} of ${plural(deliveries, 'delivery', 'deliveries')}, delivered or under way`,
            },
          ]),
      ...state(failed, STATE_LABELS.failed.label.toLowerCase(), 'failed'),
      ...state(held, STATE_LABELS.held.label.toLowerCase(), 'held'),
      ...(sent > 0
        ? [{ text: `${number(delivered)} of ${plural(sent, 'message', 'messages')} fully delivered` }]
        : []),
      ...(messages === 0 ? [{ text: 'no messages' }] : []),
      // Not a link, because no list has the messages of which a delivery was given up or is held.
      ...(missed > 0 ? [{ text: `${number(missed)} missed an endpoint` }] : []),
      ...(underWay > 0 ? [{ text: `${number(underWay)} under way` }] : []),
      ...(unsent > 0 ? [{ text: `${number(unsent)} went to nobody` }] : []),
    ],
    before: earlier === null ? null : `${percent(earlier)} ${when}`,
  };
}

/** Rounded down, so that 100 % is all of them; null where there are none. */
function onTrackRate({ deliveries, missedDeliveries: { failed, held } }: MessageOutcomes) {
  return successRateOf({ succeeded: deliveries - failed - held, failed: failed + held });
}

function attemptFigure({ now, before }: HomeNumbers, log: Log, when: string): Figure {
  const { attempts, failed, errorRate } = now.attempts;
  return {
    label: 'Attempts',
    value: number(attempts),
    href: log('webhook_attempts'),
    notes: [
      { text: 'to all endpoints, without tests' },
      ...(failed > 0
        ? [
            {
              text: `${number(failed)} failed (${percent(errorRate / 100)})`,
              href: log('webhook_attempts', { status: 'failed' }),
            },
          ]
        : []),
    ],
    before: before.attempts.attempts === 0 ? null : `${number(before.attempts.attempts)} ${when}`,
  };
}

function answerFigure({ now, before }: HomeNumbers, log: Log, when: string): Figure {
  const times = now.attempts.answerMs;
  return {
    label: 'Answer time, p50',
    value: times === null ? '–' : within(times.p50),
    href: log('webhook_attempts'),
    notes:
      times === null
        ? [{ text: 'no answers' }]
        : [{ text: `p95 ${within(times.p95)}` }, { text: `p99 ${within(times.p99)}` }],
    before: medianOf(before, when),
  };
}

function medianOf({ attempts: { answerMs } }: Period, when: string): string | null {
  return answerMs === null ? null : `${within(answerMs.p50)} ${when}`;
}

const LONGEST_MS = ANSWER_BOUNDS_MS.at(-1) ?? Infinity;

const within = (ms: number) => (ms >= LONGEST_MS ? `over ${duration(LONGEST_MS)}` : duration(ms));

function waitingFigure({ due, queues }: HomeNumbers, href: string): Figure {
  const atLeast = due.isCut || queues.depth >= MAX_COUNTED ? 'at least ' : '';
  const since = (seconds: number | null) => (seconds === null ? '' : `, the oldest for ${age(seconds)}`);
  return {
    label: 'Waiting now',
    value: `${atLeast}${number(due.due + queues.depth)}`,
    href,
    notes: [
      { text: due.due === 0 ? 'nothing is overdue' : `${number(due.due)} due${since(due.oldestSeconds)}` },
      ...(queues.depth > 0
        ? [{ text: `${number(queues.depth)} in queues of endpoints${since(queues.oldestSeconds)}` }]
        : []),
    ],
    before: null,
  };
}

function age(seconds: number): string {
  if (seconds < 120) return `${number(Math.round(seconds))} s`;
  if (seconds < 7200) return `${number(Math.round(seconds / 60))} min`;
  return `${number(Math.round(seconds / 3600))} h`;
}

function usageFigure({ usage }: HomeNumbers): Figure[] {
  if (usage === null) return [];
  return [
    {
      label: 'Plan used this month',
      value: percent(Math.floor((usage.used / usage.allowed) * 1000) / 1000),
      href: '/settings/usage',
      notes: [{ text: `${number(usage.used)} of ${number(usage.allowed)} messages` }],
      before: null,
    },
  ];
}

/** "24 hours", and how finely it is counted. */
const lengthOf = (range: Range) => range.label.replace(/^Last /, '');

/** What the page says of its numbers: since when, and how finely. */
export function resolutionWords(range: Range): string {
  return resolutionOf(range) < 3_600_000
    ? 'in steps of five minutes'
    : 'in whole hours, up to the one that has begun';
}
