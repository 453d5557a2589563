import { isIP, isIPv4 } from 'node:net';
import { domainToASCII } from 'node:url';
import { quoted, type Rejected } from '../core/rejected.ts';

// Most names. The last label begins with a letter, so no resolver can take it for a number.
const ORDINARY = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const WANTED = 'wanted a name such as api.example.com or an IP address';

/**
 * A host as a person writes it, in the form that `Endpoint` keeps: an A-label name in lower case without the trailing
 * dot, or an IP literal in its canonical spelling.
 */
export function parseHost(text: string): string | Rejected {
  if (text === '') return { error: `the host is missing; ${WANTED}` };
  if (text.length <= 253 && ORDINARY.test(text) && !text.includes('xn--')) return text;
  if (isIPv4(text)) return text;
  const fault = faultOf(text);
  if (fault !== undefined) return { error: `${fault}; ${WANTED}` };
  if (text.includes(':')) return parseIpv6(text);
  const name = domainToASCII(text).replace(/\.$/, '');
  // inet_aton's spellings (127.1, 0x7f000001, 2130706433): a resolver would turn them into an address nobody meant.
  if (isIP(name) !== 0) {
    return { error: `${quoted(text)} would be taken for the address ${name}; write the address in full` };
  }
  return nameFault(text, name) ?? name;
}

/** An IPv6 address without brackets, compressed as RFC 5952 asks. */
function parseIpv6(text: string): string | Rejected {
  if (text.includes('%')) return { error: `${quoted(text)} has a zone, which cannot be watched; ${WANTED}` };
  if (isIP(text) !== 6)
    return { error: `${quoted(text)} is not an IPv6 address; wanted one such as 2001:db8::1` };
  return new URL(`https://[${text}]`).hostname.slice(1, -1);
}

function faultOf(text: string): string | undefined {
  if (/[\p{C}\p{Z}\p{DI}]/u.test(text)) return `${quoted(text)} contains a space or an invisible character`;
  if (text.includes('*')) return `${quoted(text)} is a wildcard, which names no host to connect to`;
  const stray = /[^\w.:%-]/.exec(text.replaceAll(/\P{ASCII}/gu, ''))?.[0];
  return stray === undefined
    ? undefined
    : `${quoted(text)} contains ${quoted(stray)}, which no host name can`;
}

/** RFC 1035 §2.3.4 for the lengths; underscores are let through because private DNS zones use them. */
function nameFault(text: string, name: string): Rejected | undefined {
  if (name === '') return { error: `${quoted(text)} is neither a host name nor an IP address; ${WANTED}` };
  if (name.length > 253) {
    return {
      error: `${quoted(text)} is ${name.length} characters long, a host name has at most 253; ${WANTED}`,
    };
  }
  for (const label of name.split('.')) {
    if (label === '') return { error: `${quoted(text)} has an empty part between its dots; ${WANTED}` };
    if (label.length > 63) {
      return { error: `${quoted(text)} has a part of ${label.length} characters, 63 is the most; ${WANTED}` };
    }
    if (!/^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/.test(label)) {
      return { error: `${quoted(text)} has the part ${quoted(label)}, which no host name can; ${WANTED}` };
    }
  }
  return undefined;
}
