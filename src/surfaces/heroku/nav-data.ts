import type { Request, Response } from 'express';
import { z } from 'zod';

const COOKIE = 'heroku-nav-data';

const navData = z.string().regex(/^[A-Za-z0-9_=-]{1,4096}$/);
/** Some senders write it with an underscore. */
const fields = z.object({ 'nav-data': navData.optional(), nav_data: navData.optional() });

/** Keeps Heroku's `nav-data` in the cookie that its add-on tests look for; one that is not base64url is dropped. */
export function setNavData(req: Request, res: Response, form: unknown): void {
  const given = fields.safeParse(form).data;
  const value = given?.['nav-data'] ?? given?.nav_data;
  if (value === undefined) return;
  res.cookie(COOKIE, value, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    // A Secure cookie is lost over http, where Heroku's add-on tests run.
    secure: req.secure,
    // As it came: nothing in it needs escaping.
    encode: String,
  });
}
