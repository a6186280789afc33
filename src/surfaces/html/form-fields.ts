import express, { type RequestHandler } from 'express';
import { z } from 'zod';
import { announcesBody } from '#src/surfaces/http/arrival-limit.ts';
import { UnsupportedMediaType } from '#src/infra/lib/errors.ts';
import { namesOf, requireStrict } from '#src/infra/lib/strict-schemas.ts';
import { detailsOfUnknown, invalid } from '#src/infra/lib/unknown-members.ts';

/** The form of a button alone. */
export const noFields = z.strictObject({});

/** Parses forms of at most `limit` ("20kb"), as browsers send them. */
export const formParser = (limit: string): RequestHandler => express.urlencoded({ extended: false, limit });

/**
 * Refuses a form with a field that `form` does not name, because it would be ignored. Mounted behind a
 * {@link formParser}; the values are for the handler. Throws InvalidInput (422) that names the fields, and
 * UnsupportedMediaType (415) for a body that is no form; throws at once for a schema that is not strict.
 */
export function takesFields(form: z.ZodType): RequestHandler {
  requireStrict(form);
  const known = namesOf(form);
  return (req, _res, next) => {
    // The parser leaves `body` unset for other media types.
    const body = req.body as object | undefined;
    if (body === undefined && announcesBody(req)) {
      throw new UnsupportedMediaType('This address takes a form, as the pages here send it.');
    }
    const unknown = Object.keys(body ?? {}).filter((name) => !known.includes(name));
    if (unknown.length > 0) throw invalid(detailsOfUnknown(unknown, { known }), { hasUnknown: true });
    next();
  };
}
