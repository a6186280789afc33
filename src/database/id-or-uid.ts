import { Op } from 'sequelize';
import { isUuid } from '../lib/ids.ts';

/** Matches a row by our id or by the caller's own `uid`, which may itself be shaped like a UUID. */
export function idOrUid(value: string): object {
  return isUuid(value) ? { [Op.or]: [{ id: value }, { uid: value }] } : { uid: value };
}
