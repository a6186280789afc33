import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Message } from '#src/domain/messages/message.ts';
import { EndpointLane, type QueuedDelivery } from '#src/pipeline/dispatch/endpoint-lane.ts';
import type { ResponseSignal } from '#src/pipeline/dispatch/response-signal.ts';

export const START_MS = 1_000_000;

/** A lane, by a clock that the test moves, with so many deliveries of messages that were accepted just now. */
export function lane(live: number, { accepts = true } = {}) {
  const clock = {
    ms: START_MS,
    now: () => clock.ms,
    monotonicNow: () => clock.ms,
  };
  const subject = new EndpointLane({ endpointId: 'endpoint', accountId: 'account' }, { clock, accepts });
  const add = (count: number, changes: Partial<QueuedDelivery> = {}) => {
    const deliveries = Array.from({ length: count }, () => workOf(clock.ms, changes));
    for (const delivery of deliveries) subject.push(delivery);
    return deliveries;
  };
  return { clock, lane: subject, add, deliveries: add(live) };
}

function workOf(acceptedAtMs: number, changes: Partial<QueuedDelivery>): QueuedDelivery {
  const message = { id: uuidv7(acceptedAtMs), deliverAt: null } as Message;
  return { message, attemptsMade: 0, dueAt: null, ...changes } as QueuedDelivery;
}

export function takeAll(subject: EndpointLane): QueuedDelivery[] {
  const taken: QueuedDelivery[] = [];
  for (let delivery = subject.startNext(); delivery !== undefined; delivery = subject.startNext())
    taken.push(delivery);
  return taken;
}

export function finish(subject: EndpointLane, deliveries: QueuedDelivery[], signal: ResponseSignal): void {
  for (const delivery of deliveries) subject.finish(delivery, signal);
}

/** A lane whose last five sends failed, with `live` deliveries that wait. */
export function failingLane(live: number) {
  const made = lane(5);
  for (let taken = takeAll(made.lane); taken.length > 0; taken = takeAll(made.lane)) {
    finish(made.lane, taken, 'overloaded');
  }
  return { ...made, deliveries: made.add(live) };
}
