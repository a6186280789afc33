import type { Request } from 'express';

/** The decoded value of a cookie; undefined when the browser sent none or one that cannot be decoded. */
export function readCookie(req: Request, name: string): string | undefined {
  const pairs = (req.headers.cookie ?? '').split(/;\s*/).map((pair) => pair.split('='));
  const value = pairs.find(([key]) => key === name)?.[1];
  try {
    return value === undefined ? undefined : decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/** Options of a cookie that one page leaves for the next: no script and no other site reads it. */
export const shortLivedCookie = ({ secure }: Request) =>
  ({ httpOnly: true, path: '/', secure, sameSite: 'lax' }) as const;
