import { createHash } from 'node:crypto';

interface ResourceTokenInput {
  resourceId: string;
  salt: string;
  /** As it was received: the text is hashed, not the number. */
  timestamp: string;
}

interface UserScopedTokenInput extends ResourceTokenInput {
  userId: string;
  email: string;
}

/** Heroku's `user_scoped_resource_token`, the only one that vouches for the person. */
export function userScopedToken({
  resourceId,
  salt,
  timestamp,
  userId,
  email,
}: UserScopedTokenInput): string {
  return createHash('sha256').update([resourceId, salt, timestamp, userId, email].join(':')).digest('hex');
}

/** Heroku's `resource_token`; with the id that we answered to the provision request it is the oldest one, `token`. */
export function resourceToken({ resourceId, salt, timestamp }: ResourceTokenInput): string {
  return createHash('sha1').update([resourceId, salt, timestamp].join(':')).digest('hex');
}
