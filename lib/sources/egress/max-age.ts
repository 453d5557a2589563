import type { IncomingHttpHeaders } from 'node:http';

/** RFC 9111 §1.2.2: what is larger counts as this. */
const LONGEST_S = 2_147_483_648;

/**
 * Seconds for which an answer says it stays fresh, from Cache-Control or else Expires, less the age it already had
 * (RFC 9111 §4.2). 0 where it must not be kept or is stale already, null where it does not say.
 */
export function maxAgeOf(headers: IncomingHttpHeaders, now: Date): number | null {
  const lifetime = lifetimeOf(headers, now);
  if (lifetime === null) return null;
  const age = seconds(headers.age) ?? 0;
  return Math.min(LONGEST_S, Math.max(0, lifetime - age));
}

function lifetimeOf(headers: IncomingHttpHeaders, now: Date): number | null {
  const control = headers['cache-control'];
  if (control !== undefined) {
    const directives = control.split(',').map((directive) => directive.trim().toLowerCase());
    if (directives.some((directive) => /^no-(?:store|cache)(?:=|$)/.test(directive))) return 0;
    const maxAge = directives.find((directive) => directive.startsWith('max-age='));
    // What cannot be read is stale (RFC 9111 §4.2.1).
    if (maxAge !== undefined) return seconds(maxAge.slice('max-age='.length).replaceAll('"', '')) ?? 0;
  }
  if (headers.expires === undefined) return null;
  const sent = instant(headers.date) ?? now.getTime();
  return Math.floor(((instant(headers.expires) ?? sent) - sent) / 1000);
}

function seconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}

/** Only the form that RFC 9110 §5.6.7 has senders write: a parser of dates makes one of nearly anything. */
function instant(text: string | undefined): number | undefined {
  if (text === undefined || !/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) {
    return undefined;
  }
  const value = Date.parse(text);
  return Number.isNaN(value) ? undefined : value;
}
