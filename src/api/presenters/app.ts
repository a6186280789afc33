import type { App } from '../../apps/app.ts';

export function presentApp(app: App) {
  return {
    id: app.id,
    uid: app.uid ?? null,
    name: app.name,
    success_policy: app.successPolicy,
    retry_delays: app.retryDelaysSeconds ?? null,
    header_prefix: app.headerPrefix ?? null,
    created_at: app.createdAt,
  };
}

/** An app inside of what belongs to it. */
export function presentAppBriefly({ id, uid, name, createdAt }: App) {
  return { id, uid: uid ?? null, name, created_at: createdAt };
}
