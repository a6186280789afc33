import type { ApiKey } from '../../accounts/api-key.ts';
import { type KeyStatus, statusOf } from '../../accounts/key-status.ts';
import type { Container } from '../../container.ts';
import type { SessionUser } from '../../http/session-user.ts';
import { herokuCommands } from '../heroku-commands.ts';
import { GRACES } from './key-actions.ts';

/** The API keys of the account, as far as they can be shown, and what the reader may do about them. */
export async function readKeys(container: Container, { accountId, role }: SessionUser) {
  const { clock, config, keyRotation } = container;
  const { keys, generation, hindrance } = await keyRotation.list(accountId);
  const { isLocal, showKey, configVar } = herokuCommands(config);
  const canManage = role === 'admin';
  return {
    isLocal,
    showKey,
    configVar,
    canManage,
    generation,
    graces: GRACES,
    hindrance,
    list: keys.map((key) => {
      const status = statusOf(key, { generation, nowMs: clock.now() });
      return {
        href: `/settings/keys/${key.id}`,
        name: key.name,
        prefix: key.prefix,
        createdAt: key.createdAt,
        badge: isWithCustomer(key, status) ? NOT_IN_CONFIG : BADGES[status],
        ...explain(key, status),
        canConfirm: canManage && isWithCustomer(key, status),
        canRevoke: canManage && (status === 'replaced' || status === 'expiring'),
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

/** A new key that we could not put into the config: the customer does, and says so. */
const isWithCustomer = (key: ApiKey, status: KeyStatus) =>
  status === 'active' && key.configUpdatedAt === null && key.configProblem !== null;

/** What the page says beside a key: a time with words before it, or words alone. */
function explain(key: ApiKey, status: KeyStatus): { words: string; at: Date | null } {
  switch (status) {
    case 'active':
      return inConfig(key);
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
