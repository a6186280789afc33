import type { Dependencies } from './dependencies.ts';
import { exchangeGrant } from './exchange-grant.ts';
import { handleEvent } from './handle-event.ts';
import { syncIfStale, syncResource } from './sync-resource.ts';
import { updateConfig } from './update-config.ts';
import { updateNames } from './update-names.ts';
import { findWebhookProof, type WebhookProof } from './webhook-rows.ts';

/** Heroku's Platform API, as the rest of the product uses it. A resource is named by its uuid at Heroku. */
export class HerokuPlatform {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** The job `heroku-authorization`. */
  exchangeGrant(resourceId: string): Promise<void> {
    return exchangeGrant(this.#deps, resourceId);
  }

  /** The job `heroku-config`. */
  updateConfig(resourceId: string): Promise<void> {
    return updateConfig(this.#deps, resourceId);
  }

  /** The job `heroku-sync`. */
  syncResource(resourceId: string): Promise<void> {
    return syncResource(this.#deps, resourceId);
  }

  syncIfStale(resourceId: string): Promise<void> {
    return syncIfStale(this.#deps, resourceId);
  }

  /** Handles a webhook event whose signature was checked with the resource's {@link WebhookProof}. */
  handleEvent(resourceId: string, event: unknown): Promise<void> {
    return handleEvent(this.#deps, resourceId, event);
  }

  updateAppName(resourceId: string, appName: string): Promise<void> {
    return updateNames(this.#deps, resourceId, { appName });
  }

  findWebhookProof(resourceId: string): Promise<WebhookProof | 'gone' | null> {
    return findWebhookProof(this.#deps, resourceId);
  }
}
