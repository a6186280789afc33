import { randomUUID } from 'node:crypto';
import type { Api, ApiAnswer } from './api.ts';

export const newKey = () => ({ 'idempotency-key': randomUUID() });

export const isReplayed = ({ headers }: ApiAnswer) => headers.get('idempotent-replayed') === 'true';

/** How many apps it has, which is how often a request for one was executed. */
export const appsOf = async (api: Api) => (await api.get('/apps?per_page=100')).rows.length;
