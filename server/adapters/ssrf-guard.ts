import dns from 'node:dns';
import net from 'node:net';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';
import { TerminalError } from '#runtime/error.ts';

/** Ports of public hosts that may be dialled; others need a grant. */
export const PUBLIC_PORTS: readonly number[] = [80, 443, 8080, 8443];

/** Public by number, yet answered by the machine's own cloud: Azure's platform address (learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16). */
const PLATFORM_ADDRESSES: ReadonlySet<string> = new Set(['168.63.129.16']);
/** Where an administrator's grant may lead besides public addresses; never link-local, where clouds keep their keys. */
const GRANTABLE_RANGES: ReadonlySet<string> = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat']);

type Address = ReturnType<typeof ipaddr.process>;
type Lookup = (
  hostname: string,
  options: dns.LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[]) => void,
) => void;

function read(address: string): Address | undefined {
  const [plain = ''] = address.split('%');
  return ipaddr.isValid(plain) ? ipaddr.process(plain) : undefined;
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast' || PLATFORM_ADDRESSES.has(address.toString())) return false;
  // Global unicast is 2000::/3 (IANA); what lies outside may carry an IPv4 address inside, as ::127.0.0.1 does.
  return address.kind() === 'ipv4' || ((address.toByteArray()[0] ?? 0) & 0xe0) === 0x20;
}

/** Whether anybody on the internet could reach the address; false for text that is no address. */
export function isPublicAddress(address: string): boolean {
  const known = read(address);
  return known !== undefined && isPublic(known);
}

/** Whether a granted host may resolve to the address: public, or of a private network. */
export function isGrantableAddress(address: string): boolean {
  const known = read(address);
  return known !== undefined && (isPublic(known) || GRANTABLE_RANGES.has(known.range()));
}

/** `host:port` with the scheme's own port filled in; what grants are compared by. */
export function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}

/** A grant as `hostAndPort` writes it; throws TerminalError CONFIG_INVALID unless it is `host:port`. */
export function readGrant(text: string): string {
  const match = /^(?<host>.+):(?<port>\d{1,5})$/.exec(text.trim());
  const url = URL.parse(`http://${match?.groups?.['host'] ?? ''}:${match?.groups?.['port'] ?? ''}`);
  const bare = url && url.pathname === '/' && !url.username && !url.password && !url.search && !url.hash;
  if (!match || !bare || url.hostname === '') {
    throw new TerminalError('CONFIG_INVALID', `"${text}" is not a host and a port, such as erp.local:8080`, {
      field: 'grants',
    });
  }
  return hostAndPort(url);
}

function refused(hostname: string, reason: string): TerminalError {
  return new TerminalError('HOST_NOT_ALLOWED', `${hostname} ${reason}`, { details: { host: hostname } });
}

/** What may be set about dialling; nothing has to be. */
export interface DialOptions {
  /** Ports of public hosts; `PUBLIC_PORTS` unless told. */
  readonly ports?: readonly number[];
  /** Name resolution; the system's unless told. */
  readonly lookup?: Lookup;
  readonly connectTimeoutMs?: number;
}

interface Reach extends DialOptions {
  /** `public`: only public addresses and known ports. `granted`: for hosts an administrator named, private networks too. */
  readonly reach: 'public' | 'granted';
}

/**
 * Dials only where it may: the check is made on the very addresses that are then connected to, so neither a name that
 * changes its mind, nor a redirect, nor an odd spelling of an address gets by. Rejects with TerminalError HOST_NOT_ALLOWED.
 */
export function createGuardedConnector(options: Reach): buildConnector.connector {
  const { reach, ports = PUBLIC_PORTS, lookup = dns.lookup, connectTimeoutMs = 5000 } = options;
  const permits = reach === 'public' ? isPublicAddress : isGrantableAddress;
  const guardedLookup: net.LookupFunction = (hostname, wanted, callback) => {
    lookup(hostname, { ...wanted, all: true }, (error, addresses) => {
      if (error) return callback(error, '');
      const first = addresses[0];
      if (!first || !addresses.every((answer) => permits(answer.address))) {
        return callback(refused(hostname, 'leads to an address that is not public'), '');
      }
      if (wanted.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
  const connect = buildConnector({ lookup: guardedLookup, timeout: connectTimeoutMs, allowH2: false });
  return (target, callback) => {
    const host = target.hostname.replace(/^\[|\]$/g, '');
    const port = Number(target.port || (target.protocol === 'https:' ? 443 : 80));
    if (target.protocol !== 'http:' && target.protocol !== 'https:') {
      return callback(refused(host, `is asked for over ${target.protocol} instead of http or https`), null);
    }
    if (reach === 'public' && !ports.includes(port)) {
      return callback(refused(host, `is asked for on port ${port}, which is not allowed`), null);
    }
    // Node asks no lookup for an address written as such.
    if (net.isIP(host) !== 0 && !permits(host)) return callback(refused(host, 'is not a public address'), null);
    connect(target, callback);
  };
}
