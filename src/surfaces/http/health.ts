import express, { type Router } from 'express';
import type { Pool } from 'pg';
import { pendingMigrations } from '#src/infra/database/migrator.ts';

/** `/healthz`: the process answers. `/readyz`: the database answers too, and no migration of this code is pending. */
export function healthRouter(pool: Pool): Router {
  const router = express.Router();
  router.get('/healthz', (_req, res) => {
    res.json({ status: 'ok' });
  });
  router.get('/readyz', async (req, res) => {
    try {
      const pending = await pendingMigrations(pool);
      if (pending.length === 0) res.json({ status: 'ok' });
      else res.status(503).json({ status: 'unavailable', reason: 'migrations are still to run', pending });
    } catch (error) {
      req.log.warn({ err: error }, 'not ready');
      res.status(503).json({ status: 'unavailable', reason: 'the database does not answer' });
    }
  });
  return router;
}
