/** What a key may do. None holds another: whoever manages apps need not see what is sent, nor send. */
export const SCOPES = ['read', 'messages:write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];
