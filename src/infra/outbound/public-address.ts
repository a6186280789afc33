import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Whether an address is on the public internet. An allow-list, not a deny-list: globally routed unicast only. IPv6
 * that carries an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo) has ranges of its own in ipaddr.js and is
 * refused, except the mapped form: the system connects to it as IPv4, and so it is judged.
 */
export function isPublicAddress(address: string): boolean {
  // ipaddr.js also reads `127.1` and `0x7f.1`. Name resolution never answers those, so they are refused here.
  if (isIP(address) === 0 || !ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  if (parsed.kind() === 'ipv6') return GLOBAL_IPV6.check(parsed.toString(), 'ipv6');
  return !CLOUD_INTERNAL.has(parsed.toString());
}

/** The only block that IANA has allocated for global unicast so far; all other IPv6 addresses are refused. */
const GLOBAL_IPV6 = new BlockList();
GLOBAL_IPV6.addSubnet('2000::', 3, 'ipv6');

/** Public by its range, but internal in Azure (the metadata and DNS service). */
const CLOUD_INTERNAL = new Set(['168.63.129.16']);
