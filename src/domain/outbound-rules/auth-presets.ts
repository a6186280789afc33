import type { Auth } from './auth.ts';

type Hmac = Omit<Extract<Auth, { type: 'hmac' }>, 'type' | 'secret'>;

/** Signatures as known services make them, by the name under which forms and documents offer them. */
export const SIGNATURE_PRESETS: Record<string, Hmac> = {
  GitHub: {
    header: 'X-Hub-Signature-256',
    algorithm: 'sha256',
    encoding: 'hex',
    value: 'sha256={signature}',
  },
  Shopify: { header: 'X-Shopify-Hmac-Sha256', algorithm: 'sha256', encoding: 'base64' },
  Stripe: {
    header: 'Stripe-Signature',
    algorithm: 'sha256',
    encoding: 'hex',
    template: '{timestamp}.{body}',
    value: 't={timestamp},v1={signature}',
  },
  Slack: {
    header: 'X-Slack-Signature',
    algorithm: 'sha256',
    encoding: 'hex',
    template: 'v0:{timestamp}:{body}',
    value: 'v0={signature}',
    timestamp_header: 'X-Slack-Request-Timestamp',
  },
  Hookdeck: { header: 'X-Hookdeck-Signature', algorithm: 'sha256', encoding: 'base64' },
};
