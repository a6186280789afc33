import { AsyncLocalStorage } from 'node:async_hooks';

const beneficiary = new AsyncLocalStorage<string>();
const SERVICE = '';

/**
 * Runs `work` on behalf of an account, or of an address whose account is not known. Its queries wait for a connection
 * in a queue of their own.
 */
export const onBehalfOf = <T>(key: string, work: () => T): T => beneficiary.run(key, work);

/** Runs `work` that is everybody's, such as a group commit, so that it does not wait behind the requests of one. */
export const asService = <T>(work: () => T): T => beneficiary.run(SERVICE, work);

/** On whose behalf this runs. */
export const currentBeneficiary = (): string => beneficiary.getStore() ?? SERVICE;
