import {
  DEFAULT_HEADER_PREFIX,
  type OwnHeaders,
  ownHeaders,
} from '#src/domain/outbound-rules/own-headers.ts';
import type { InformationalHeaders } from '#src/domain/outbound-rules/informational-headers.ts';
import type { AppRules } from '#src/domain/outbound-rules/rules.ts';

/** In whose name the webhooks of an app are sent. */
export interface SentAs {
  /** What our headers begin with. */
  headerPrefix: string;
  /** Their names. */
  own: OwnHeaders;
  /** Null: the prefix and our version. */
  userAgent: string | null;
  /** Those of our headers that it does not send; null: it sends all. */
  leftOut: (keyof OwnHeaders)[] | null;
}

const NAMES: Record<keyof InformationalHeaders, keyof OwnHeaders> = {
  delivery: 'delivery',
  attempt: 'attempt',
  trigger: 'trigger',
  event_id: 'eventId',
};

export function sentAs({ headerPrefix, rules }: { headerPrefix?: string | null; rules: AppRules }): SentAs {
  const { user_agent: userAgent = null, informational_headers: chosen } = rules;
  const prefix = headerPrefix ?? DEFAULT_HEADER_PREFIX;
  const leftOut = Object.entries(chosen ?? {}).filter(([, isSent]) => !isSent);
  return {
    headerPrefix: prefix,
    own: ownHeaders(prefix),
    userAgent,
    leftOut: leftOut.length === 0 ? null : leftOut.map(([name]) => NAMES[name as keyof InformationalHeaders]),
  };
}
