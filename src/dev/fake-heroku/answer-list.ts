import type { Request, Response } from 'express';
import { Refusal } from './refusal.ts';

const RANGE = /^id (\])?([\w-]*)\.\.(?:; ?max=(\d+))?$/;

/** Answers the page of the list that Heroku's `Range` header asks for: 206 and `Next-Range` while more follow. */
export function answerList(
  req: Request,
  res: Response,
  { items, pageSize }: { items: { id: string }[]; pageSize: number },
) {
  const asked = req.get('range');
  const range = asked === undefined ? ['', undefined, '', undefined] : RANGE.exec(asked);
  if (range === null) throw new Refusal(416, 'invalid_range', 'Invalid `Range` header.');
  const [, isAfter, from = '', max] = range;
  const limit = Math.min(Number(max ?? pageSize), pageSize);
  const sorted = items.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const rest = sorted.filter(({ id }) => (isAfter === ']' ? id > from : id >= from));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  res.set('Accept-Ranges', 'id').set('Content-Range', `id ${page[0]?.id ?? ''}..${last?.id ?? ''}`);
  if (rest.length > page.length && last !== undefined) {
    res.status(206).set('Next-Range', `id ]${last.id}..; max=${String(limit)}`);
  }
  res.json(page);
}
