import { DerError } from './der.ts';
import type { GeneralName } from './general-name.ts';

/** Whether a name lies in the subtree (RFC 5280 §4.2.1.10), which has the same form. Throws DerError where that has no answer. */
export function isWithinSubtree(name: GeneralName, base: GeneralName): boolean {
  if (name.type === 'dns' && base.type === 'dns') return isDomainWithin(name.text, base.text);
  if (name.type === 'ip' && base.type === 'ip') return isAddressWithin(name.octets, base.octets);
  if (name.type === 'dirName' && base.type === 'dirName') return name.name.isWithin(base.name);
  if (name.type === 'email' && base.type === 'email') return isMailboxWithin(name.text, base.text);
  if (name.type === 'uri' && base.type === 'uri') return isHostWithin(hostOf(name.text), base.text);
  throw new DerError('a form of name that cannot be compared');
}

/**
 * Whether a name stands for something inside the subtree. The wildcard `*.a.test` is not within `b.a.test`, and yet a
 * server with it can be `b.a.test`: an exclusion has to stop it, as it does in browsers. OpenSSL lets it pass.
 */
export function mayReachInto(name: GeneralName, base: GeneralName): boolean {
  if (isWithinSubtree(name, base)) return true;
  if (name.type !== 'dns' || base.type !== 'dns' || !name.text.startsWith('*.')) return false;
  const parent = name.text.slice(1);
  const host = base.text.startsWith('.') ? base.text.slice(1) : base.text;
  return host.endsWith(parent) && !host.slice(0, -parent.length).includes('.');
}

/** Both in lower case. The empty base is every domain, and one that begins with a dot excludes the domain itself. */
function isDomainWithin(domain: string, base: string): boolean {
  if (base === '' || domain === base) return true;
  return domain.endsWith(base) && (base.startsWith('.') || domain.at(-base.length - 1) === '.');
}

/** The base is an address and a mask of the same length. Four octets are never within sixteen. */
function isAddressWithin(address: Uint8Array, base: Uint8Array): boolean {
  const size = address.length;
  if ((size !== 4 && size !== 16) || (base.length !== 8 && base.length !== 32)) {
    throw new DerError('an IP address of impossible length');
  }
  if (base.length !== 2 * size) return false;
  return address.every(
    (octet, at) => (octet & (base[size + at] ?? 0)) === ((base[at] ?? 0) & (base[size + at] ?? 0)),
  );
}

/** The base is a mailbox, the host of mailboxes, or with a dot in front the domain of such hosts. */
function isMailboxWithin(mailbox: string, base: string): boolean {
  const at = mailbox.lastIndexOf('@');
  if (at < 0) throw new DerError('a mailbox without @');
  const baseAt = base.lastIndexOf('@');
  if (baseAt < 0) return isHostWithin(mailbox.slice(at + 1), base);
  // Only the host has no case (RFC 5280 §7.5).
  const isSameUser = baseAt === 0 || mailbox.slice(0, at) === base.slice(0, baseAt);
  return isSameUser && mailbox.slice(at + 1).toLowerCase() === base.slice(baseAt + 1).toLowerCase();
}

function isHostWithin(host: string, base: string): boolean {
  const domain = base.toLowerCase();
  if (!domain.startsWith('.')) return host.toLowerCase() === domain;
  return host.length > domain.length && host.toLowerCase().endsWith(domain);
}

const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/?#]*@)?(\[[^\]/?#]*\]|[^:/?#]*)/i;

function hostOf(uri: string): string {
  const host = AUTHORITY.exec(uri)?.[1];
  if (host === undefined || host === '') throw new DerError('a URI without a host');
  return host;
}
