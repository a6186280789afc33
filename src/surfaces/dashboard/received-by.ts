import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import type { LoggedAttempt } from '#src/domain/attempts/logged-attempt.ts';
import { deliveryId } from '#src/domain/deliveries/delivery-id.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import type { HookHelper } from '#src/domain/hook-helpers/hook-helper.ts';
import { ownHeaders } from '#src/domain/outbound-rules/own-headers.ts';
import { headerPrefixOf } from '#src/domain/signature-doctor/signature-doctor.ts';
import { verdictBadge } from './arrival-presenter.ts';

type Parts = Pick<Container, 'hookHelpers'>;

/** Between the clock of who sent and that of who received. */
const CLOCKS_MS = 1000;

/** The Hook Helper that an endpoint posts to, as a link; null: it posts elsewhere. */
export async function helperOf({ hookHelpers }: Parts, endpoint: Endpoint) {
  const helper = await hookHelpers.ofUrl(endpoint);
  return helper === null ? null : linkTo(helper);
}

/**
 * The Hook Helper that a delivery goes to, and what arrived there of each of its attempts; null where the endpoint is
 * gone, or posts elsewhere. An arrival is known by the header with the id of the delivery.
 */
export async function receivedBy(
  { hookHelpers }: Parts,
  { app, endpoint, messageId }: { app: App; endpoint: Endpoint | null; messageId: string },
) {
  const helper = endpoint === null ? null : await hookHelpers.ofUrl(endpoint);
  if (endpoint === null || helper === null) return null;
  const { delivery } = ownHeaders(headerPrefixOf(app));
  const arrivals = await hookHelpers.requestsWith(helper, [delivery, deliveryId(messageId, endpoint.id)]);
  const link = linkTo(helper);
  return {
    ...link,
    /** Null: it did not arrive, or is not kept any more. */
    arrivalOf: ({ attemptedAt, durationMs }: Pick<LoggedAttempt, 'attemptedAt' | 'durationMs'>) => {
      const from = attemptedAt.getTime() - CLOCKS_MS;
      const until = attemptedAt.getTime() + durationMs + CLOCKS_MS;
      // The nearest, because the next attempt may be made at once.
      const [found] = arrivals
        .filter(({ receivedAt }) => receivedAt.getTime() >= from && receivedAt.getTime() <= until)
        .toSorted((one, other) => distance(one, attemptedAt) - distance(other, attemptedAt));
      return found === undefined
        ? null
        : { href: `${link.href}/requests/${found.id}`, badge: verdictBadge(found.signature) };
    },
  };
}

const distance = ({ receivedAt }: { receivedAt: Date }, at: Date) =>
  Math.abs(receivedAt.getTime() - at.getTime());

const linkTo = ({ id, label }: HookHelper) => ({ label, href: `/hook_helpers/${id}` });
