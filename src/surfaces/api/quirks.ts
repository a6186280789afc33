import type { RequestHandler } from 'express';

const UUID_AHEAD = '(?=[0-9a-f]{8}-[0-9a-f]{4}-)';
const SINGULAR = /^\/app(?=\/)/;
const SLASHLESS = new RegExp(`^/(apps|subscriptions)${UUID_AHEAD}`, 'i');

/**
 * Rewrites addresses that published clients and articles get wrong: Heroku's article says `/app/:id/messages`, the Node
 * client builds `/apps<uuid>` and `/subscriptions<uuid>`.
 */
export const quirks: RequestHandler = (req, _res, next) => {
  req.url = req.url.replace(SINGULAR, '/apps').replace(SLASHLESS, '/$1/');
  next();
};

/** The Ruby and the Node client let their callers page through a single object. */
export const PAGING_OF_ONE = ['page', 'per_page', 'offset'];
