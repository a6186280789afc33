import type { Request, Response } from 'express';
import { z } from 'zod';

const COOKIE = 'heroku-nav-data';

const navData = z.string().regex(/^[A-Za-z0-9_=-]{1,4096}$/);
/** Some senders use an underscore in the name. */
const fields = z.object({ 'nav-data': navData.optional(), nav_data: navData.optional() });

/** Sets Heroku's `nav-data` as the cookie that Heroku's add-on tests expect. Only base64url is accepted. */
export function setNavData(req: Request, res: Response, form: unknown): void {
  const given = fields.safeParse(form).data;
  const value = given?.['nav-data'] ?? given?.nav_data;
  if (value === undefined) return;
  res.cookie(COOKIE, value, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    // Not always Secure, because Heroku's add-on tests run over http.
    secure: req.secure,
    // Not encoded, because no base64url character needs escaping.
    encode: String,
  });
}
