import { randomBytes } from 'node:crypto';

/** The secret part of a Hook Helper's address, 120 random bits, because knowing it is enough to send requests there. */
export const newToken = () => randomBytes(15).toString('base64url');
