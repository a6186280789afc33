import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Whether an address is on the public internet. An allow-list, not a deny-list: globally routed unicast only. IPv6
 * that carries an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo) has ranges of its own in ipaddr.js and is
 * refused, except the mapped form: the system connects to it as IPv4, and so it is judged.
 */
export function isPublicAddress(address: string): boolean {
  // ipaddr.js reads `127.1` and `0x7f.1`, too; a look-up never answers with those, so they are not addresses here.
  if (isIP(address) === 0 || !ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  if (parsed.kind() === 'ipv6') return GLOBAL_IPV6.check(parsed.toString(), 'ipv6');
  return !CLOUD_INTERNAL.has(parsed.toString());
}

/** All that IANA has given out so far; what lies outside and has no name in ipaddr.js yet stays refused. */
const GLOBAL_IPV6 = new BlockList();
GLOBAL_IPV6.addSubnet('2000::', 3, 'ipv6');

/** Looks public, but is answered inside Azure (its metadata and DNS service). */
const CLOUD_INTERNAL = new Set(['168.63.129.16']);
