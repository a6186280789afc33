import type { FilterSubject } from '#src/domain/outbound-rules/filter/subject.ts';
import type { LoopShare } from '#src/infra/lib/loop-share.ts';
import type { AppSnapshot } from './app-snapshot.ts';
import { type Addressed, consider, type Considered, NONE_FILTERED } from './route.ts';

/** What filters are asked with. */
export interface Filtering {
  subject: FilterSubject;
  /** Lets others run in between, because an app may have filters on thousands of endpoints. */
  share: LoopShare;
}

/** The ids of the endpoints that would get or hold the message, if it passed their filters. */
export async function applyFilters(
  app: AppSnapshot,
  message: Addressed,
  { subject, share }: Filtering,
): Promise<ReadonlySet<string>> {
  if (!app.hasFilters) return NONE_FILTERED;
  const filtered = new Set<string>();
  for (const { endpoint, reason } of consider(app, message)) {
    if (endpoint.filter === null || (reason !== null && reason !== 'held')) continue;
    const before = subject.steps;
    if (!endpoint.filter.matches(subject)) filtered.add(endpoint.id);
    if (share.isUsedUpBy(subject.steps - before)) await share.pause();
  }
  return filtered;
}

/** So many filters are asked what did not hold; of the others the answer says that they did not. */
const MAX_NAMED = 100;

/** Adds to the filtered endpoints what of their filters did not hold. */
export async function nameFailedParts(
  considered: Considered[],
  { subject, share }: Filtering,
): Promise<Considered[]> {
  const named: Considered[] = [];
  let asked = 0;
  for (const one of considered) {
    if (one.reason === 'filtered' && one.endpoint.filter !== null && asked < MAX_NAMED) {
      asked += 1;
      const before = subject.steps;
      const { failed } = one.endpoint.filter.judge(subject);
      named.push({ ...one, failed });
      if (share.isUsedUpBy(subject.steps - before)) await share.pause();
    } else named.push(one);
  }
  return named;
}
