import { exchangeGrant } from './exchange-grant.ts';
import type { PlatformParts } from './parts.ts';
import { syncIfStale, syncResource } from './sync-resource.ts';
import { takeEvent } from './take-event.ts';
import { updateConfig } from './update-config.ts';
import { updateNames } from './update-names.ts';
import { findWebhookProof } from './webhook-rows.ts';

/** Heroku's Platform API, as the rest of the product uses it. */
export function createHerokuPlatform(parts: PlatformParts) {
  return {
    exchangeGrant: (resourceId: string) => exchangeGrant(parts, resourceId),
    updateConfig: (resourceId: string) => updateConfig(parts, resourceId),
    syncResource: (resourceId: string) => syncResource(parts, resourceId),
    syncIfStale: (resourceId: string) => syncIfStale(parts, resourceId),
    takeEvent: (resourceId: string, event: unknown) => takeEvent(parts, resourceId, event),
    updateAppName: (resourceId: string, appName: string) => updateNames(parts, resourceId, { appName }),
    findWebhookProof: (resourceId: string) => findWebhookProof(parts, resourceId),
  };
}
