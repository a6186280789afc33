import type { Deviation, Mistake } from './deviation.ts';

/** A mistake in words for the developer of a receiver. */
export interface Advice {
  what: string;
  why: string;
  mend: string;
}

interface Names {
  /** The header of ours: `HostedHooks-Signature`. */
  header: string;
}

type Words = (of: string, names: Names) => Advice;

/** What a mistake is, how it comes about and how it is mended. */
export function adviceFor({ mistake, of = '' }: Deviation, names: Names): Advice {
  return WORDS[mistake](of, names);
}

const RAW =
  'Hash the bytes of the body as they came: express.raw() in Express, request.raw_post in Rails, request.get_data() ' +
  'in Flask, request.body in Django, php://input in PHP, io.ReadAll in Go, @RequestBody byte[] in Spring.';
const KEY = ({ header }: Names) =>
  `For ${header} the key is the text of the secret, as it stands. For webhook-signature it is what comes after ` +
  'whsec_, decoded from base64; its libraries do that by themselves.';

const WORDS: Record<Mistake, Words> = {
  body_reserialised: (by) => ({
    what: 'The body was written again',
    why:
      'It has the same content, but not the same characters: it was parsed, and then made into JSON again' +
      `${by === '' ? '' : ` (as by ${by})`}. A signature holds for the characters alone.`,
    mend: `${RAW} Parse it after the check.`,
  }),
  body_parsed: (by) => ({
    what: 'The body was parsed before the check',
    why: `What was hashed is not the body, but what was left after a parser had it: ${by}.`,
    mend: `${RAW} Where a parser runs for all routes, leave this one out, or keep the bytes that it read.`,
  }),
  body_data_only: () => ({
    what: 'Only the member "data" was hashed',
    why: 'The whole body is signed, with "type", "version" and "created".',
    mend: RAW,
  }),
  body_decoded: () => ({
    what: 'The body was decoded as Latin-1',
    why: 'It is UTF-8, so letters outside of ASCII became others.',
    mend: `${RAW} Where the check needs text, decode it as UTF-8.`,
  }),
  body_changed: () => ({
    what: 'The body is not the one that was signed',
    why: 'Its content differs from what was sent, or the signature belongs to another request.',
    mend: 'Take headers and body of one and the same request, before anything of yours has touched them.',
  }),
  newline_trimmed: () => ({
    what: 'White space at an end of the body is gone',
    why: 'What was sent begins or ends with white space, which is signed with the rest.',
    mend: 'Do not trim the body, and read it as bytes, not as lines.',
  }),
  newline_added: () => ({
    what: 'A line break was added to the body',
    why: 'What was hashed ends with a line break that was not sent.',
    mend: 'Hash the body alone. Tools like echo add a line break: use printf %s.',
  }),
  line_breaks_changed: () => ({
    what: 'The line breaks of the body were changed',
    why: 'They were turned from one kind into the other (LF and CRLF).',
    mend: 'Read the body as bytes, not as text.',
  }),
  secret_decoded: (encoding, names) => ({
    what: `The secret was decoded from ${encoding}`,
    why: 'It looks like an encoded key, and is none: its characters are the key.',
    mend: KEY(names),
  }),
  secret_not_decoded: (_of, names) => ({
    what: 'The secret that begins with whsec_ was used as it stands',
    why: 'It is the same key in base64, and has to be decoded without its first six characters.',
    mend: KEY(names),
  }),
  secret_spaced: () => ({
    what: 'The secret has something around it',
    why: 'There is a space, a line break or a quote at an end of it, which counts as part of the key.',
    mend: 'Copy it again without them; look at how the environment variable was set.',
  }),
  secret_cut: () => ({
    what: 'The secret is not whole',
    why: 'It is a part of the right one.',
    mend: 'Copy it again with the button beside it.',
  }),
  secret_previous: () => ({
    what: 'It is the secret from before a rotation',
    why: 'The secret was replaced since.',
    mend: 'Reveal the secret of the endpoint, and put that one into your code.',
  }),
  secret_of_other_endpoint: (url) => ({
    what: 'It is the secret of another endpoint',
    why: `It belongs to ${url}. Each endpoint has a secret of its own.`,
    mend: 'Reveal the secret of this endpoint, or look whether the request went to the other.',
  }),
  secret_wrong: () => ({
    what: 'The secret is most likely another one',
    why: 'No mistake that we know leads here with the secret of this endpoint.',
    mend: 'Reveal the secret of the endpoint and compare it with the one that your code really reads when it runs.',
  }),
  header_missing: (name) => ({
    what: `There is no header ${name}`,
    why:
      'Each request has it. Proxies drop headers that they do not know, and nginx drops names with an underscore ' +
      'unless it is told otherwise.',
    mend: `Let ${name} through, and read it by that name; most frameworks do not mind upper and lower case.`,
  }),
  header_malformed: (name) => ({
    what: `The value of ${name} is not whole`,
    why: 'It has another form than the one that is sent.',
    mend: 'Take the whole value, up to the end of the line; it is not encoded, and has no quotes.',
  }),
  other_header: (_of, { header }) => ({
    what: 'The value is that of another header',
    why: `${header} holds t=…,s=… and webhook-signature holds v1,… entries; they are not made alike.`,
    mend: 'Read the header that your check is made for.',
  }),
  scheme_mixed: (scheme, { header }) => {
    const name = scheme === 'own' ? header : 'webhook-signature';
    return {
      what: `Your code makes the signature of ${name}`,
      why: `Each request has two signatures: ${header}, and webhook-signature of Standard Webhooks.`,
      mend: `Compare it with ${name}.`,
    };
  },
  time_left_out: () => ({
    what: 'The time was not hashed',
    why: 'The time of the signature stands before the body, with a dot between them, so that none can be sent later.',
    mend: 'Hash the time, a dot and the body; for Standard Webhooks the id and a dot before these.',
  }),
  time_in_milliseconds: () => ({
    what: 'The time was hashed in milliseconds',
    why: 'It is in seconds, and signed as it is written in the header.',
    mend: 'Take the time from the header as text, and do not convert it.',
  }),
  id_left_out: () => ({
    what: 'The id was not hashed',
    why: 'Standard Webhooks signs webhook-id, a dot, webhook-timestamp, a dot and the body.',
    mend: 'Put webhook-id and a dot first.',
  }),
  dot_left_out: () => ({
    what: 'A dot is missing in what was hashed',
    why: 'Between the time and the body stands a dot.',
    mend: 'Hash the time, a dot and the body.',
  }),
  hash_wrong: (name) => ({
    what: `It was made with ${name}`,
    why: 'The signature is an HMAC with SHA-256.',
    mend: 'Choose SHA-256.',
  }),
  hash_without_key: () => ({
    what: 'It is a plain hash, not an HMAC',
    why: 'Secret and body put together and hashed make another value than HMAC does.',
    mend: "Use your language's HMAC with SHA-256 and the secret as its key.",
  }),
  encoding_wrong: (encoding, { header }) => ({
    what: encoding === 'unreadable' ? 'What your code made is no signature' : `It is written in ${encoding}`,
    why: `The signature of ${header} is 64 hexadecimal digits, that of webhook-signature is base64.`,
    mend: 'Write the digest as the header has it before you compare them.',
  }),
  clock_ahead: (time) => ({
    what: `Your server's clock is ${time} ahead`,
    why: 'The date of its answer says so. To a check of the time, each request looks old.',
    mend: 'Set the clock by NTP (timedatectl set-ntp true), and in containers that of the host.',
  }),
  clock_behind: (time) => ({
    what: `Your server's clock is ${time} behind`,
    why: 'The date of its answer says so. To a check of the time, each request comes from the future.',
    mend: 'Set the clock by NTP (timedatectl set-ntp true), and in containers that of the host.',
  }),
  login_asked: (scheme) => ({
    what: `Your server asks for a login (${scheme})`,
    why: 'The answer has the header WWW-Authenticate. Most likely the request never came to the check.',
    mend: 'Let this address through without a login: the signature is what protects it.',
  }),
};
