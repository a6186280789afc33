import { parse } from 'basic-auth';
import type { RequestHandler } from 'express';
import { isOneOf, isSameText } from '#src/infra/lib/same-text.ts';
import type { Secret } from '#src/infra/lib/secret.ts';

/** Basic authentication of Heroku: the manifest's id and one of its passwords. Mounted before the body parser. */
export function partnerAuth(options: { manifestId: string; passwords: Secret[] }): RequestHandler {
  const passwords = options.passwords.map((password) => password.reveal());
  return (req, res, next) => {
    const given = parse(req.get('authorization') ?? '');
    // Both are always compared, so that the response time does not reveal which one was wrong.
    const isName = isSameText(given?.name ?? '', options.manifestId);
    const isPassword = isOneOf(given?.pass ?? '', passwords);
    if (isName && isPassword) {
      next();
      return;
    }
    res
      .status(401)
      .set('www-authenticate', 'Basic realm="Heroku add-on partner API", charset="UTF-8"')
      .json({ message: 'The user name must be the add-on id and the password the one of its manifest.' });
  };
}
