import { Resolver, lookup as systemLookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { OutboundError } from './outcome.ts';

/** All addresses of a name. Rejects with an error that tells what is wrong with it. */
export type Lookup = (name: string) => Promise<string[]>;

interface NameServersOptions {
  /** `address:port`; those of the system by default. */
  servers?: string[] | undefined;
  hostsFile?: string;
  /** Names that the system's own resolver is asked for, because they may be known to this network alone. */
  isLocal?: (name: string) => boolean;
}

interface NameServers {
  lookup: Lookup;
  /** Ends the look-ups under way with an error. */
  cancel(): void;
}

const HOSTS_FILE = process.platform === 'win32' ? 'C:\\Windows\\System32\\drivers\\etc\\hosts' : '/etc/hosts';
const HOSTS_KEPT_MS = 10_000;
/** Of one query to one server; each further round over the servers takes twice as long. */
const QUERY_MS = 1500;
const ROUNDS = 2;
/** RFC 8305, section 3: how long the answer of one family is waited for when the other is there. */
const RESOLUTION_DELAY_MS = 50;

/**
 * Asks name servers by c-ares, because the system's resolver (getaddrinfo) occupies a thread of libuv's pool for each
 * name until its servers answer: a few names whose servers do not would stop all look-ups, and file access with them.
 * The hosts file goes before name servers, as in the system's resolver.
 */
export function createNameServers({
  servers,
  hostsFile = HOSTS_FILE,
  isLocal = () => false,
}: NameServersOptions = {}): NameServers {
  const resolver = new Resolver({ timeout: QUERY_MS, tries: ROUNDS });
  if (servers !== undefined) resolver.setServers(servers);
  const hosts = createHosts(hostsFile);

  async function query(name: string): Promise<string[]> {
    const ipv4 = settled(resolver.resolve4(name));
    const ipv6 = settled(resolver.resolve6(name));
    const first = await Promise.race([ipv4, ipv6]);
    const isEnough = Array.isArray(first) && first.length > 0;
    const patience = isEnough ? AbortSignal.timeout(RESOLUTION_DELAY_MS) : undefined;
    const [four, six] = await Promise.all([ipv4, ipv6].map((family) => orNothingAfter(family, patience)));
    const addresses = [four, six].flatMap((answer) => (Array.isArray(answer) ? answer : []));
    if (addresses.length > 0) return addresses;
    const errors = [four, six].filter((answer) => answer instanceof Error);
    throw errors.find(({ code }) => !isAbsent(code)) ?? errors[0] ?? new Error('no answer');
  }

  return {
    async lookup(name) {
      const known = (await hosts()).get(name.toLowerCase().replace(/\.$/, ''));
      if (known !== undefined) return known;
      // RFC 6761, section 6.3.
      if (/(?:^|\.)localhost\.?$/i.test(name)) return ['127.0.0.1', '::1'];
      try {
        if (!isLocal(name)) return await query(name);
        return (await systemLookup(name, { all: true })).map(({ address }) => address);
      } catch (error) {
        throw describe(error as NodeJS.ErrnoException, name);
      }
    },
    cancel: () => resolver.cancel(),
  };
}

type Answer = string[] | NodeJS.ErrnoException;

const settled = (answer: Promise<string[]>): Promise<Answer> =>
  answer.catch((error: unknown) => error as NodeJS.ErrnoException);

/** The answer, or no address once `patience` is over. */
function orNothingAfter(answer: Promise<Answer>, patience: AbortSignal | undefined): Promise<Answer> {
  if (patience === undefined) return answer;
  const { promise, resolve } = Promise.withResolvers<Answer>();
  patience.addEventListener('abort', () => resolve([]), { once: true });
  return Promise.race([answer, promise]);
}

/** NXDOMAIN, or a name without a record of this kind. */
const isAbsent = (code: string | undefined) => code === 'ENOTFOUND' || code === 'ENODATA';

/** Not by the code alone, because a name server may refuse a connection, too, and that is no refusal of the host. */
function describe({ code = 'unknown' }: NodeJS.ErrnoException, name: string): OutboundError {
  if (isAbsent(code)) return new OutboundError('dns', `${name} does not exist: its name has no address`);
  if (code === 'ETIMEOUT' || code === 'EAI_AGAIN') return new SilentName(name);
  return new OutboundError('dns', `the name ${name} could not be looked up (${code})`);
}

/** A name whose servers did not answer in time. */
export class SilentName extends OutboundError {
  constructor(name: string) {
    const outcome = 'dns';
    super(outcome, `the name ${name} could not be looked up, its name servers did not answer`);
  }
}

/** The names of the hosts file with their addresses, read again after a while. */
function createHosts(file: string): () => Promise<Map<string, string[]>> {
  let readAtMs = -Infinity;
  let names = Promise.resolve(new Map<string, string[]>());
  return () => {
    if (performance.now() - readAtMs > HOSTS_KEPT_MS) {
      readAtMs = performance.now();
      names = readFile(file, 'utf8').then(parseHosts, () => new Map<string, string[]>());
    }
    return names;
  };
}

function parseHosts(text: string): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address === undefined || isIP(address) === 0) continue;
    for (const alias of aliases) {
      const name = alias.toLowerCase();
      names.set(name, [...(names.get(name) ?? []), address]);
    }
  }
  return names;
}
