import { createHash } from 'node:crypto';

interface ResourceTokenInput {
  resourceId: string;
  salt: string;
  /** Unix seconds as received, because the text is hashed. */
  timestamp: string;
}

interface UserScopedTokenInput extends ResourceTokenInput {
  userId: string;
  email: string;
}

/** Heroku's `user_scoped_resource_token`, the only token that covers the person. */
export function userScopedToken({
  resourceId,
  salt,
  timestamp,
  userId,
  email,
}: UserScopedTokenInput): string {
  return createHash('sha256').update([resourceId, salt, timestamp, userId, email].join(':')).digest('hex');
}

/** Heroku's `resource_token`. With the id that we returned on provision, the same hash is the legacy `token`. */
export function resourceToken({ resourceId, salt, timestamp }: ResourceTokenInput): string {
  return createHash('sha1').update([resourceId, salt, timestamp].join(':')).digest('hex');
}
