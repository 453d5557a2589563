import { isIPv6 } from 'node:net';
import type { Reply, Step } from './dialog.ts';

/** An HTTP proxy that lets TLS through (RFC 9110 §9.3.6). */
export interface HttpProxy {
  readonly host: string;
  readonly port: number;
  /** `user:password`, for Basic authentication (RFC 7617). */
  readonly credentials?: string;
}

/** Asks a proxy for a tunnel. */
export function connectStep(host: string, port: number, { credentials }: HttpProxy): Step {
  const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const authorization =
    credentials === undefined
      ? ''
      : `Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`;
  return {
    send: Buffer.from(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`),
    expect: readAnswer,
  };
}

const SHOWN = 80;

function readAnswer(received: Buffer): Reply {
  const end = received.indexOf('\r\n\r\n');
  const [statusLine = ''] = received.toString('latin1', 0, 1_000).split('\r\n', 1);
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1];
  // Told apart early: a server that is no proxy may never send an empty line.
  if (status === undefined && received.length >= 'HTTP/1.1 200'.length)
    return { failure: { reason: 'proxy_failed', detail: `no HTTP answer: ${statusLine.slice(0, SHOWN)}` } };
  if (end === -1) return 'more';
  return status?.startsWith('2')
    ? { taken: end + 4 }
    : { failure: { reason: 'proxy_failed', detail: statusLine.slice(0, SHOWN) } };
}
