import type { Pool, PoolClient } from 'pg';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Cipher } from '#src/infra/lib/encryption.ts';
import type { Secret } from '#src/infra/lib/secret.ts';
import type { TrustedCaller } from '#src/infra/outbound/trusted-caller.ts';
import type { SendJob } from '#src/infra/queue/jobs.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';

/** What the functions of this folder need. */
export interface Dependencies {
  pool: Pool;
  cipher: Cipher;
  clock: Clock;
  logger: Logger;
  caller: TrustedCaller;
  sendJob: SendJob;
  heroku: {
    clientSecret: Secret | undefined;
    apiUrl: string;
    idUrl: string;
    configVar: string;
  };
  /** Our public origin, where Heroku sends its webhooks. */
  baseUrl: string;
  keys: CurrentKeys;
}

/** The key that the config of a customer's apps should hold, and what is recorded once it does. */
export interface CurrentKeys {
  /** Null when the resource is gone. */
  currentKey(resourceId: string): Promise<CurrentKey | null>;
  /** False when the key was rotated meanwhile: the config has to be updated again. */
  recordInConfig(client: PoolClient, resourceId: string, generation: number): Promise<boolean>;
  /** `problem`: a sentence for the customer. Does nothing when the key was rotated meanwhile. */
  recordNotInConfig(
    client: PoolClient,
    key: { resourceId: string; generation: number; problem: string },
  ): Promise<void>;
}

export interface CurrentKey {
  key: string;
  /** Raised by each rotation. */
  generation: number;
}
