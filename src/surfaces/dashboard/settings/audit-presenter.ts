import { ACTIONS } from '#src/domain/audit/actions.ts';
import type { AuditEvent } from '#src/domain/audit/audit-events.ts';

/** A change as a sentence, with the page of what was changed. */
export function auditRow(event: AuditEvent) {
  return {
    at: event.createdAt,
    who: whoOf(event.actor),
    did: ACTIONS[event.action],
    object: event.object.name ?? event.object.id,
    href: hrefOf(event),
    details: detailsOf(event.details),
  };
}

/** An address, or what it was: `the key CI`, `Heroku`. */
function whoOf({ type, email, name, id }: AuditEvent['actor']): string {
  switch (type) {
    case 'person':
      return email ?? 'Somebody signed in by Heroku';
    case 'api_key':
      return `The key ${name ?? id ?? ''}`;
    case 'portal':
      return email ?? 'The subscriber';
    case 'heroku':
      return 'Heroku';
    case 'system':
      return 'HostedHooks';
  }
}

/** Undefined for what has no page, or was deleted. */
function hrefOf({ action, object: { type, id }, appId }: AuditEvent): string | undefined {
  if (action.endsWith('.deleted')) return undefined;
  const app = `/apps/${appId ?? ''}`;
  const pages: Record<string, string> = {
    app,
    endpoint: `${app}/endpoints/${id}`,
    subscriber: `${app}/subscriptions/${id}`,
    transformation: `${app}/transformations/${id}`,
    webhook_event: `${app}/webhook_events/${id}/edit`,
    hook_helper: `/hook_helpers/${id}`,
    api_key: '/settings/account#keys',
    member: '/settings/account#team',
  };
  return pages[type];
}

const words = (name: string) => name.replaceAll('_', ' ');

/** `name, success policy`; `role: from member to admin`. */
function detailsOf({ changed, from, to, ...rest }: AuditEvent['details']): string {
  const parts = [
    ...(Array.isArray(changed) ? [changed.map(String).map(words).join(', ')] : []),
    ...(typeof to === 'string' ? [typeof from === 'string' ? `from ${from} to ${to}` : `to ${to}`] : []),
    ...Object.entries(rest).map(
      ([name, value]) => `${words(name)}: ${[value].flat().map(String).join(', ')}`,
    ),
  ];
  return parts.join('; ');
}
