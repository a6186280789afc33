import { isUtf8 } from 'node:buffer';
import type { PostingEndpoint } from '#src/domain/endpoints/helper-endpoints.ts';
import type {
  ArrivalSignature,
  SignatureScheme,
  Verdict,
} from '#src/domain/hook-helpers/arrival-signature.ts';
import type { ReceivedRequest } from '#src/domain/hook-helpers/received-requests.ts';
import type { Badge } from '#src/surfaces/html/badges.ts';
import { bytesInPage, type Payload, payloadOf } from '#src/surfaces/html/payload-view.ts';
import { arrivalCurl } from './arrival-curl.ts';

/** Of a body in a list. */
const SHOWN = { characters: 4000, bytes: 16_000 };
/** What all bodies may add to a page, before the last of them; further arrivals show only their headers. */
const BODIES_BYTES = 30_000;
/** What all commands to copy may add to it. */
const COMMANDS_BYTES = 12_000;
/** What a character that HTML escapes adds, beside itself. */
const ESCAPED_BYTES = 5;

interface Around {
  /** The page of the Hook Helper, and its public address. */
  href: string;
  address: string;
  endpoints: (PostingEndpoint & { name: string; href: string })[];
}

/** Arrivals as pages show them, with bodies and commands until the page has enough of them. */
export function arrivalViews(requests: ReceivedRequest[], around: Around) {
  let left = BODIES_BYTES;
  let curlLeft = COMMANDS_BYTES;
  return requests.map((request) => {
    const payload = left > 0 ? bodyView(request.body, SHOWN) : null;
    left -= payload === null ? 0 : bytesInPage(payload);
    const curl = arrivalCurl(request, around.address) ?? '';
    const isShort = bytesIn(curl) <= curlLeft;
    if (isShort) curlLeft -= bytesIn(curl);
    return { ...arrivalView(request, around), payload, curl: isShort ? curl : '' };
  });
}

/** One arrival, with all of its body that is shown anywhere. */
export function wholeArrival(request: ReceivedRequest, around: Around) {
  const payload = bodyView(request.body);
  return { ...arrivalView(request, around), payload, curl: arrivalCurl(request, around.address) };
}

function arrivalView(request: ReceivedRequest, { href, endpoints }: Around) {
  const { id, method, path, headers, receivedAt, answeredStatus, signature } = request;
  return {
    ...{ id, method, path, headers, receivedAt, answeredStatus },
    href: `${href}/requests/${id}`,
    bytes: request.body.length,
    badge: verdictBadge(signature),
    why: WHY[signature.verdict](schemesOf(signature)),
    signer: endpoints.find((endpoint) => endpoint.id === signature.endpointId) ?? null,
  };
}

/** What a signature proved, in two words. */
export const verdictBadge = ({ verdict }: ArrivalSignature): Badge => BADGES[verdict];

const BADGES: Record<Verdict, Badge> = {
  valid: { tone: 'success', label: 'Signature valid' },
  wrong_secret: { tone: 'danger', label: 'Wrong secret' },
  stale: { tone: 'warning', label: 'Old timestamp' },
  missing: { tone: 'danger', label: 'No signature' },
  not_checked: { tone: 'info', label: 'Not checked' },
  not_ours: { tone: 'info', label: 'Not ours' },
};

const WHY: Record<Verdict, (schemes: string) => string> = {
  valid: (schemes) => `Signed with the endpoint’s secret, and fresh: ${schemes}.`,
  wrong_secret: () =>
    'No secret of an endpoint that posts here makes this signature of this body. Either the secret is another one, or the body was changed on its way.',
  stale: (schemes) =>
    `Signed with the endpoint’s secret, but more than five minutes before or after it came: ${schemes}. It is an old request sent again, or a clock is off.`,
  missing: () =>
    'An endpoint of yours posts here, but this request has no signature that could be read. A receiver should refuse it.',
  not_checked: () =>
    'More than 10 endpoints post here. Only the secrets of the newest 10 are tried, and none of them signed this.',
  not_ours: () => 'No endpoint of this account posts here, so there is no secret to verify it with.',
};

const SCHEME_NAMES: Record<SignatureScheme, string> = {
  hostedhooks: 'HostedHooks-Signature',
  standard_webhooks: 'Standard Webhooks',
};

const schemesOf = ({ schemes }: ArrivalSignature) =>
  schemes.map((scheme) => SCHEME_NAMES[scheme]).join(' and ');

/** In a page. */
const bytesIn = (text: string) => text.length + ESCAPED_BYTES * (text.match(/[&<>"']/g)?.length ?? 0);

const bodyView = (body: Buffer, room?: typeof SHOWN): Payload =>
  payloadOf(isUtf8(body) ? body.toString('utf8') : body, room);
