import type { Config } from '#src/config.ts';
import { presentDemo } from '#src/dev/demo/index.ts';

/** Prints the address, and in development the demonstration. The server keeps running when the demonstration fails. */
export async function greet(config: Config, server: { url: string }): Promise<void> {
  if (config.isProduction) {
    console.log(`HostedHooks runs at ${config.http.baseUrl}`);
    return;
  }
  try {
    console.log(await presentDemo(config, originOf(config, server)));
  } catch (error) {
    console.error('The demonstration could not be prepared:', error);
    console.log(`HostedHooks runs at ${config.http.baseUrl}`);
  }
}

/** The address of this process, which differs from BASE_URL behind a proxy. */
function originOf({ http: { host } }: Config, { url }: { url: string }): string {
  if (host === undefined || host === '0.0.0.0' || host === '::') return url;
  const origin = new URL(url);
  origin.hostname = host.includes(':') ? `[${host}]` : host;
  return origin.origin;
}
