/**
 * Our own app, "HostedHooks Providers", in an account of ours, in every installation. An account is a subscriber of it:
 * the uid of the subscription is the account's id, and the subscription's endpoints get what happens in that account.
 */
export const PROVIDERS = {
  accountId: '00000000-0000-7000-8000-000000000001',
  appId: '00000000-0000-7000-8000-000000000002',
  name: 'HostedHooks Providers',
} as const;

/** The version of all that we send. */
export const ANNOUNCED_VERSION = '1.0';
