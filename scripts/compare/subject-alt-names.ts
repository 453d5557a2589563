import { isIPv6 } from 'node:net';
import type { SubjectAltName } from '../../lib/core/certificate.ts';

/**
 * Whether OpenSSL's line says what our list does: type and value for the kinds that OpenSSL prints whole, else the type
 * alone (its directory names are cut, and most other names are `<unsupported>`).
 */
export function sameSubjectAltNames(ours: readonly SubjectAltName[], theirs: string): boolean {
  let at = 0;
  for (const [index, name] of ours.entries()) {
    if (index > 0) {
      if (!theirs.startsWith(', ', at)) return false;
      at += 2;
    }
    const { text, whole } = printed(name);
    if (!theirs.startsWith(text, at)) return false;
    at += text.length;
    if (whole) continue;
    const next = ours[index + 1];
    const end = next === undefined ? theirs.length : theirs.indexOf(`, ${printed(next).text}`, at);
    if (end === -1) return false;
    at = end;
  }
  return at === theirs.length;
}

/** As OpenSSL begins it; `whole` where nothing follows. */
function printed({ type, value }: SubjectAltName): { readonly text: string; readonly whole: boolean } {
  switch (type) {
    case 'dns':
      return { text: `DNS:${value}`, whole: true };
    case 'email':
      return { text: `email:${value}`, whole: true };
    case 'uri':
      return { text: `URI:${value}`, whole: true };
    case 'ip':
      return { text: `IP Address:${isIPv6(value) ? groupsOf(value) : value}`, whole: true };
    case 'dirName':
      return { text: 'DirName:', whole: false };
    case 'registeredId':
      return { text: 'Registered ID:', whole: false };
    case 'other':
      if (value.startsWith('x400Address=')) return { text: 'X400Name:', whole: false };
      if (value.startsWith('ediPartyName=')) return { text: 'EdiPartyName:', whole: false };
      return { text: 'othername:', whole: false };
  }
}

/** Eight groups without padding, in capitals, nothing left out. */
function groupsOf(address: string): string {
  const [head = '', tail] = mapped(address).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(tail === undefined ? 0 : 8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].join(':').toUpperCase();
}

/** The dotted end of an IPv4-mapped address as two groups. */
function mapped(address: string): string {
  return address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const group = (high: string, low: string) => (Number(high) * 256 + Number(low)).toString(16);
    return `${group(a, b)}:${group(c, d)}`;
  });
}
