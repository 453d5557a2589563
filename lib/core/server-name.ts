import type { SubjectAltName } from './certificate.ts';

/**
 * Whether a certificate's names cover the name that a client asks for, by RFC 9525 §6: subjectAltName only (a common
 * name never counts), DNS names compared without case, a wildcard only as the whole left-most label and only for one
 * label, IP addresses only against iPAddress entries.
 *
 * @param serverName A DNS name in A-label form or an IP literal.
 */
export function coversName(names: readonly SubjectAltName[], serverName: string): boolean {
  if (isIpLiteral(serverName)) {
    return names.some((name) => name.type === 'ip' && sameAddress(name.value, serverName));
  }
  const wanted = normalize(serverName);
  return names.some((name) => name.type === 'dns' && coversDnsName(normalize(name.value), wanted));
}

function coversDnsName(presented: string, wanted: string): boolean {
  if (presented === wanted) return !presented.includes('*');
  if (!presented.startsWith('*.')) return false;
  const parent = presented.slice(2);
  // "*.com" would cover a whole top-level domain: a wildcard needs two labels behind it.
  if (parent.includes('*') || !parent.includes('.')) return false;
  const dot = wanted.indexOf('.');
  return dot > 0 && wanted.slice(dot + 1) === parent;
}

function normalize(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function isIpLiteral(name: string): boolean {
  return name.includes(':') || /^\d{1,3}(\.\d{1,3}){3}$/.test(name);
}

function sameAddress(a: string, b: string): boolean {
  return expandAddress(a) === expandAddress(b);
}

/** IPv6 in eight plain groups, so that `::1` equals `0:0:0:0:0:0:0:1`; IPv4 as it stands. */
function expandAddress(address: string): string {
  const text = address.toLowerCase();
  if (!text.includes(':')) return text;
  const [head = '', tail] = text.split('::');
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const missing = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(missing).fill('0'), ...right].join(':');
}

function groups(text: string): string[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    const octets = group.split('.').map(Number);
    if (octets.length !== 4) return [group.replace(/^0+(?=.)/, '')];
    const [a = 0, b = 0, c = 0, d = 0] = octets;
    return [(a * 256 + b).toString(16), (c * 256 + d).toString(16)];
  });
}
