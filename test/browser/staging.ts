import type { EndpointRules } from '#src/domain/outbound-rules/rules.ts';

/** One of each, so that pages show all that they say of rules. */
const rules: EndpointRules = {
  filter: { body: { total: { $gte: 10 } }, event_type: { $startsWith: 'order.' } },
  auth: { type: 'bearer', token: 'a-token-of-some-length' },
  channels: ['eu', 'tenant-42'],
  retry_policy: { strategy: 'exponential', interval_seconds: 60, count: 4, response_status_codes: ['>=500'] },
};

/** An endpoint with all that one can have. */
export const STAGING = { version: '1.0', description: 'Staging', rules };
