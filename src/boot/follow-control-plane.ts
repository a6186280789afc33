import type { Container } from '#src/container.ts';

/** Invalidates caches of the control plane: every process is notified of a change that any process commits. */
export function followControlPlane({
  apiKeys,
  directory,
  notifications,
  quota,
}: Pick<Container, 'apiKeys' | 'directory' | 'notifications' | 'quota'>): void {
  notifications.on('control_plane', (payload) => {
    const [kind, id] = payload.split(':');
    if (kind === 'app') directory.forget(id);
    if (kind === 'account') {
      apiKeys.invalidate(id);
      quota.invalidate(id);
    }
  });
  notifications.onGap(() => {
    directory.forget();
    apiKeys.invalidate();
    quota.invalidate();
  });
}
