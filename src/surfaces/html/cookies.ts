import type { Request } from 'express';

/** The value of a cookie as the browser sent it; undefined when it sent none, or nothing that can be read. */
export function readCookie(req: Request, name: string): string | undefined {
  const pairs = (req.headers.cookie ?? '').split(/;\s*/).map((pair) => pair.split('='));
  const value = pairs.find(([key]) => key === name)?.[1];
  try {
    return value === undefined ? undefined : decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/** For what one page leaves for the next: out of reach of scripts and of other sites. */
export const passingCookie = ({ secure }: Request) =>
  ({ httpOnly: true, path: '/', secure, sameSite: 'lax' }) as const;
