import type { Cause } from './causes.ts';

/** A cause in words, with a sentence of advice for each who can do something about it. */
export interface Advice {
  /** What happens: "Its certificate has expired". */
  what: string;
  /** For the provider, who sends. */
  provider: string;
  /** For the subscriber, who receives. */
  subscriber: string;
}

/** What happens and what to do, for one of the two: as mails, pages and our own webhooks say it. */
export const adviceTo = (reader: 'provider' | 'subscriber', cause: Cause): string =>
  `${ADVICE[cause].what}. ${ADVICE[cause][reader]}`;

/** The one place that has advice about failed deliveries: pages, mails, the API and our own webhooks take it here. */
export const ADVICE: Record<Cause, Advice> = {
  dns: {
    what: 'The host name has no address',
    provider: 'Ask your subscriber whether the host was renamed, and correct the URL of the endpoint.',
    subscriber: 'Check the host in the URL for mistakes, and that its DNS record is published.',
  },
  certificate_expired: {
    what: 'The TLS certificate has expired',
    provider: 'Tell your subscriber to renew the certificate; nothing is sent to it until then.',
    subscriber: 'Renew the certificate of this host and reload the server that presents it.',
  },
  certificate_self_signed: {
    what: 'The TLS certificate is self-signed',
    provider: 'Ask your subscriber for a URL whose certificate comes from a public authority.',
    subscriber: 'Install a certificate from a public authority, like Let’s Encrypt, in place of your own.',
  },
  certificate_wrong_name: {
    what: 'The TLS certificate is for another name',
    provider: 'Ask your subscriber which host the certificate is for, and correct the URL of the endpoint.',
    subscriber: 'Add this host name to the certificate, or use the name that it is for in the URL.',
  },
  tls: {
    what: 'No secure connection could be made',
    provider: 'Ask your subscriber to check the certificate chain and the TLS versions of the server.',
    subscriber:
      'Serve the whole certificate chain and TLS 1.2 or newer; a TLS checker shows what is missing.',
  },
  refused: {
    what: 'The connection was refused',
    provider: 'Ask your subscriber whether the server runs, and whether the port of the URL is right.',
    subscriber: 'Start the server, and check that it listens on the port of the URL.',
  },
  reset: {
    what: 'The connection was closed before an answer came',
    provider: 'Ask your subscriber whether the server crashes, or a firewall closes the connection.',
    subscriber: 'Look for a crash of your server, or a proxy or firewall that ends the request early.',
  },
  connect_timeout: {
    what: 'The connection was not accepted in time',
    provider: 'Ask your subscriber whether a firewall drops our requests.',
    subscriber: 'Let our requests through your firewall, and check that the host is up.',
  },
  timeout: {
    what: 'No answer came in time',
    provider: 'Ask your subscriber to answer first and to do the work afterwards.',
    subscriber: 'Answer with 200 as soon as the webhook is stored, and do the work afterwards.',
  },
  unreachable: {
    what: 'The host could not be reached',
    provider: 'Ask your subscriber whether the network of the host is up.',
    subscriber: 'Check the network and the routes of this host.',
  },
  redirected: {
    what: 'It redirects, and redirects are not followed',
    provider: 'Ask your subscriber where it leads, and set the URL of the endpoint to that address.',
    subscriber: 'Use the address that the redirect leads to as the URL of the endpoint.',
  },
  rejected: {
    what: 'The content was rejected',
    provider: 'Compare what you send with what your subscriber expects; the answer often names the field.',
    subscriber: 'Look in your log why your code takes the content for invalid; a signature check may be it.',
  },
  unauthorized: {
    what: 'It refuses us as unauthorised',
    provider: 'Check the credentials that are set for the endpoint with your subscriber.',
    subscriber: 'Check the signature secret and the credentials, and exempt this path from sign-in.',
  },
  not_found: {
    what: 'There is nothing at this path',
    provider: 'Ask your subscriber for the right path, and correct the URL of the endpoint.',
    subscriber: 'Compare the path of the URL with the routes of your server.',
  },
  method_not_allowed: {
    what: 'The path takes no POST',
    provider: 'Ask your subscriber for a path that takes POST requests.',
    subscriber: 'Add a route for POST at this path; a GET route alone answers 405.',
  },
  gone: {
    what: 'It answered 410: it wants no more webhooks',
    provider: 'Ask your subscriber whether the endpoint may be deleted.',
    subscriber: 'Delete the endpoint, or answer otherwise than 410 if you still want webhooks.',
  },
  body_too_large: {
    what: 'The content is too large for it',
    provider: 'Send less in a message, or ask your subscriber to raise the limit of the server.',
    subscriber: 'Raise the limit of the request body in your server and in the proxy before it.',
  },
  unsupported_media_type: {
    what: 'It does not take JSON',
    provider: 'Ask your subscriber to accept the content type application/json.',
    subscriber: 'Accept the content type application/json at this path.',
  },
  rate_limited: {
    what: 'It gets more requests than it allows',
    provider: 'Set a rate limit for the endpoint that its server can take.',
    subscriber: 'Raise the limit for our requests, or ask for a lower rate of delivery.',
  },
  server_error: {
    what: 'Its server fails',
    provider: 'Send your subscriber a failed attempt, which shows what the server answered.',
    subscriber: 'Look in the log of your server for the error at the time of the attempt.',
  },
  html_answer: {
    what: 'It answers with a web page',
    provider:
      'Ask your subscriber whether the URL leads to an error or sign-in page in place of the receiver.',
    subscriber: 'Look at the page that answered: the URL may lead to a sign-in, a proxy or a parked site.',
  },
  invalid_answer: {
    what: 'Its answer is not valid HTTP',
    provider: 'Ask your subscriber what listens at this port; it may be no web server.',
    subscriber: 'Check that a web server listens at this port and ends its answers properly.',
  },
  unexpected_status: {
    what: 'It answers with a status that is no success',
    provider: 'Ask your subscriber to answer with a status of 2xx, or look at the app’s success rule.',
    subscriber: 'Answer with 200 once the webhook is stored.',
  },
  blocked_address: {
    what: 'Its address is not public',
    provider:
      'Ask your subscriber for a URL that the internet can reach; private addresses are never called.',
    subscriber: 'Use a host with a public address; private and local ones are never called.',
  },
  transformation_failed: {
    what: 'The transformation failed',
    provider: 'Open the transformation and run it with the failed message, which shows the error.',
    subscriber: 'Your provider has to mend how the content is made; nothing is wrong at your side.',
  },
  oauth_refused: {
    what: 'No access token was given to us',
    provider: 'Check the token URL and the client credentials that are set for the endpoint.',
    subscriber: 'Check that the client credentials are still valid and may ask for a token.',
  },
};
