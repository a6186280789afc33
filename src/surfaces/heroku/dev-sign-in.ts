import { z } from 'zod';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Secret } from '#src/infra/lib/secret.ts';
import { createTokenSigner } from '#src/infra/lib/signed-token.ts';

const LIFETIME_SECONDS = 24 * 60 * 60;

const payload = z.object({ resourceId: z.string(), herokuUserId: z.string(), email: z.string() });
type Payload = z.infer<typeof payload>;

interface Parts {
  appSecret: Secret;
  clock: Clock;
}

/** The path that signs a person in to the dashboard of a resource, in development. */
export function devSignInPath(parts: Parts, person: Payload): string {
  return `/dev/sign_in/${signer(parts).sign(person, LIFETIME_SECONDS)}`;
}

/** The payload of a token of {@link devSignInPath}; null when the signature is wrong or the token is a day old. */
export function readDevSignIn(parts: Parts, token: string): Payload | null {
  return payload.safeParse(signer(parts).verify(token)).data ?? null;
}

function signer({ appSecret, clock }: Parts) {
  return createTokenSigner(appSecret, 'development sign-in', clock);
}
