import cluster from 'node:cluster';

/** What the processes of a group and their parent tell each other. */
export const READY = 'hostedhooks is ready';
export const STOP = 'hostedhooks stops';

/** Tells the parent of the group that this process is ready. Does nothing outside a group. */
export function reportReady(): void {
  cluster.worker?.send(READY);
}

/** Calls `stop` when the parent of the group asks for it. Does nothing outside a group. */
export function onStopAsked(stop: () => void): void {
  const { worker } = cluster;
  if (worker === undefined) return;
  // Without it Node exits at once when the parent is killed; so it stops as at a signal.
  worker.exitedAfterDisconnect = true;
  worker.on('message', (message: unknown) => {
    if (message === STOP) stop();
  });
}
