import type { Config } from '#src/config.ts';
import { type Container, createContainer, type ProcessOptions } from '#src/container.ts';
import { backgroundParts } from './background-parts.ts';
import { HttpServer } from './http-server.ts';
import { startParts } from './start-parts.ts';

export interface RunningServer {
  container: Container;
  /** The address that web listens on; BASE_URL for a process that does not listen. */
  url: string;
  /** Stops accepting requests, finishes or returns the deliveries in flight, and closes every part. */
  stop(): Promise<void>;
}

export interface ServerOptions extends Partial<Pick<ProcessOptions, 'clock'>> {
  /** What the process does: answer requests, make deliveries, or both. */
  runs: 'web' | 'worker' | 'both';
  /** Whether it prepares the documents before it listens. */
  preparesDocs?: boolean;
}

export async function startServer(
  config: Config,
  { runs, clock, preparesDocs = false }: ServerOptions,
): Promise<RunningServer> {
  const delivers = runs !== 'web';
  const listens = runs !== 'worker';
  const container = createContainer(config, {
    delivers,
    accepts: listens,
    ...(clock === undefined ? {} : { clock }),
  });
  const httpServer = new HttpServer(config.http, async () => {
    // A worker does not load the surfaces: they take 30 MB and 0.3 s of CPU.
    const { createHttpApp } = await import('#src/http-app.ts');
    return createHttpApp(container, { preparesDocs });
  });
  const runsHere = { 'every process': true, delivering: delivers, listening: listens };
  const parts = backgroundParts(container, httpServer).filter(({ runsIn }) => runsHere[runsIn]);
  const stop = await startParts(parts, {
    onSlowStop: (part) => {
      container.logger.warn({ part }, 'a part of the process takes long to stop');
    },
  });
  return { container, url: listens ? httpServer.url : config.http.baseUrl, stop };
}
