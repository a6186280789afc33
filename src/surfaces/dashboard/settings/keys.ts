import { type ApiKey, SCOPES } from '#src/domain/api-keys/api-key.ts';
import { type KeyStatus, statusOf } from '#src/domain/api-keys/key-status.ts';
import type { Container } from '#src/container.ts';
import { hasRight } from '#src/domain/roles/roles.ts';
import type { Visit } from '#src/domain/visits/visit.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { herokuCommands } from '#src/surfaces/dashboard/heroku-commands.ts';
import { GRACES } from './key-actions.ts';
import { LIFETIMES, SCOPE_CHOICES } from './named-key-form.ts';

/** The API keys of the account without the secrets, and the actions that the viewer may take. */
export async function readKeys(
  container: Pick<Container, 'clock' | 'config' | 'keyRotation'>,
  { accountId, resource, role }: Visit,
) {
  const { clock, config, keyRotation } = container;
  const { keys, generation, hindrance } = await keyRotation.list(accountId);
  const { isLocal, showKey, configVar } = herokuCommands(config, resource);
  const canManage = hasRight(role, 'keys');
  return {
    isLocal,
    showKey,
    configVar,
    canManage,
    generation,
    graces: GRACES,
    lifetimes: LIFETIMES,
    scopeChoices: SCOPE_CHOICES,
    /** Id of the key that the form creates. */
    nextId: uuidv7(clock.now()),
    hindrance,
    list: keys.map((key) => {
      const status = statusOf(key, { generation, nowMs: clock.now() });
      return {
        href: `/settings/keys/${key.id}`,
        name: key.name,
        prefix: key.prefix,
        createdAt: key.createdAt,
        lastUsedAt: key.lastUsedAt,
        mayDo: mayDo(key),
        badge: badgeOf(key, status),
        ...explain(key, status),
        canConfirm: canManage && isWithCustomer(key, status),
        canRevoke: canManage && isRevocable(key, status),
      };
    }),
  };
}

const BADGES: Record<KeyStatus, { tone: string; label: string }> = {
  active: { tone: 'success', label: 'In use' },
  replaced: { tone: 'warning', label: 'Replaced' },
  expiring: { tone: 'warning', label: 'Ending' },
  expired: { tone: 'neutral', label: 'Ended' },
  revoked: { tone: 'neutral', label: 'Revoked' },
};

const NOT_IN_CONFIG = { tone: 'warning', label: 'New' };

/** For a named key, because we do not know whether any app uses it. */
const NAMED_KEY = { tone: 'success', label: 'Active' };

function badgeOf(key: ApiKey, status: KeyStatus) {
  if (status === 'active' && key.generation === null) return NAMED_KEY;
  return isWithCustomer(key, status) ? NOT_IN_CONFIG : BADGES[status];
}

/** A new key that we could not write to the app's config, so the customer does and confirms. */
const isWithCustomer = (key: ApiKey, status: KeyStatus) =>
  status === 'active' && key.configUpdatedAt === null && key.configProblem !== null;

/** The add-on's current key is never revocable, because the customer's apps would be left without a key. */
const isRevocable = ({ generation }: ApiKey, status: KeyStatus) =>
  status === 'replaced' || status === 'expiring' || (status === 'active' && generation === null);

const mayDo = ({ scopes }: ApiKey) => (scopes.length === SCOPES.length ? 'everything' : scopes.join(', '));

/** The line next to a key: words and a time after them, or words alone. */
function explain(key: ApiKey, status: KeyStatus): { words: string; at: Date | null } {
  switch (status) {
    case 'active':
      return key.generation === null ? untilItEnds(key) : inConfig(key);
    case 'replaced':
      return {
        words: `Works until the new key is in your app’s config${graceAfter(key.graceSeconds)}`,
        at: null,
      };
    case 'expiring':
      return { words: 'Works until', at: key.expiresAt };
    case 'expired':
      return { words: 'Ended', at: key.expiresAt };
    case 'revoked':
      return { words: 'Ended', at: key.revokedAt };
  }
}

function untilItEnds({ expiresAt }: ApiKey): { words: string; at: Date | null } {
  return { words: expiresAt === null ? 'Works until it is revoked' : 'Works until', at: expiresAt };
}

function inConfig({ configUpdatedAt, configProblem }: ApiKey): { words: string; at: Date | null } {
  if (configUpdatedAt !== null) return { words: 'In your app’s config since', at: configUpdatedAt };
  if (configProblem !== null) return { words: `Not in your app’s config: ${configProblem}`, at: null };
  return { words: 'Is being put into your app’s config', at: null };
}

function graceAfter(seconds: number | null): string {
  const grace = GRACES.find(([value]) => Number(value) === seconds);
  if (seconds === null || seconds === 0) return '';
  return `, and ${grace?.[1] ?? `${seconds.toLocaleString('en-US')} seconds`} after that`;
}
