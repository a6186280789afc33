import type { Config } from '#src/config.ts';
import { createAccounts } from '#src/container/accounts.ts';
import { createApps } from '#src/container/apps.ts';
import { createInfra } from '#src/container/infra.ts';
import { createLog } from '#src/container/log.ts';
import { createPipeline } from '#src/container/pipeline.ts';
import { type Clock, systemClock } from '#src/infra/lib/clock.ts';
import { Exports } from '#src/domain/exports/exports.ts';
import { Imports } from '#src/domain/imports/imports.ts';
import { OwnEndpoints } from '#src/domain/own-webhooks/own-endpoints.ts';
import { SignatureDoctor } from '#src/domain/signature-doctor/signature-doctor.ts';
import { AnnouncementPoster } from '#src/pipeline/announcement-poster.ts';
import { exportedShapes, exportPresenters } from '#src/surfaces/api/export-presenters.ts';

export type Container = ReturnType<typeof createContainer>;

export interface ProcessOptions {
  /** Whether this process makes deliveries; it then supervises the queues too. */
  delivers: boolean;
  /** Whether this process accepts messages from outside. */
  accepts: boolean;
  clock?: Clock;
}

/**
 * Builds every long-lived part of a process once, without starting any: `background-parts.ts` says which ones start.
 */
export function createContainer(config: Config, { delivers, accepts, clock = systemClock }: ProcessOptions) {
  const infra = createInfra(config, { delivers, clock });
  const accounts = createAccounts(infra);
  const apps = createApps(infra, accounts);
  const log = createLog(infra, accounts);
  const pipeline = createPipeline({ ...infra, ...accounts, ...apps, ...log, delivers, accepts });
  const parts = { ...infra, ...accounts, ...apps, ...log, ...pipeline };
  const origin = config.http.baseUrl;
  return {
    ...parts,
    ownEndpoints: new OwnEndpoints(parts),
    announcementPoster: new AnnouncementPoster(parts),
    exports: new Exports({ ...parts, present: exportPresenters, origin }),
    imports: new Imports({ ...parts, origin, exportedShapes }),
    signatureDoctor: new SignatureDoctor(parts),
  };
}
