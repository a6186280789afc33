import { randomBytes } from 'node:crypto';

/** What the address of a Hook Helper ends with: whoever knows it can send there. */
export const newToken = () => randomBytes(15).toString('base64url');
