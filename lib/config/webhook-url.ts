import { isRejected, quoted, type Rejected } from '../core/rejected.ts';

const WANTED = `wanted one such as https://hooks.example.com/T0/B0 or https://hooks.example.com/\${HOOK_TOKEN}`;

/**
 * The address of a webhook, with `${NAME}` replaced from the environment. It may hold a token, so the failure never
 * repeats it. Plain HTTP is only for this machine: a token sent over it is read by everybody on the way.
 */
export function parseWebhookUrl(
  value: unknown,
  env: Readonly<Record<string, string | undefined>>,
): string | Rejected {
  if (typeof value !== 'string') return { error: `no address; ${WANTED}` };
  for (const [, name = ''] of value.matchAll(/\$\{([^}]*)\}/g)) {
    if (!/^[A-Za-z_]\w*$/.test(name))
      return { error: `\${${quoted(name).slice(1, -1)}} is not the name of an environment variable` };
    if (!env[name])
      return { error: `the environment variable ${name} is not set; set it or write the address in full` };
  }
  const address = parseAddress(value.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => env[name] ?? ''));
  return isRejected(address) ? { error: `${address.error}; ${WANTED}` } : address;
}

/** The address where nothing is replaced any more. The failure repeats nothing of it. */
export function parseAddress(value: string): string | Rejected {
  const text = value.trim();
  const url = URL.parse(text);
  if (url === null || /\p{Cc}/u.test(text)) return { error: 'not a web address' };
  if (url.username !== '' || url.password !== '') {
    return { error: 'user and password in the address, which cannot be sent' };
  }
  if (url.protocol === 'http:' && isLoopback(url.hostname)) return url.href;
  if (url.protocol !== 'https:') return { error: 'not an https:// address' };
  return url.href;
}

/** What may be shown of such an address: where it leads, without the path and query that may be a token. */
export function redactUrl(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return pathname === '/' && search === '' ? origin : `${origin}/…`;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}
