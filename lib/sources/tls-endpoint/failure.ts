import { isIPv6 } from 'node:net';
import type { Failure, Reason } from '../../core/reason.ts';

/** How far a conversation had got when it failed; `tunnelling` is what is said to a proxy, `asking` to a server before TLS. */
export type Stage = 'connecting' | 'tunnelling' | 'asking' | 'handshaking';

/** Node's errors from sockets and from OpenSSL, which sets `library` and `reason`; `syscall` is libuv's. */
export interface SocketError extends Error {
  readonly code?: string;
  readonly syscall?: string;
  readonly library?: string;
  readonly reason?: string;
}

/** What ended a conversation before a certificate was seen, as a canonical reason. */
export function socketFailure(
  error: SocketError,
  stage: Stage,
  { address, via }: { readonly address: string; readonly via?: object },
): Failure {
  const code = error.code ?? '';
  const ours = MONITOR_FAULTS[code];
  if (ours !== undefined) return { reason: ours, detail: code };
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_OSSL_')) return opensslFailure(error, code);
  if (stage === 'tunnelling' || (stage === 'connecting' && via !== undefined))
    return { reason: 'proxy_failed', detail: code };
  if (stage === 'connecting') return connectFailure(code, address);
  switch (code) {
    case 'ECONNRESET':
      // Node gives a peer that closes in mid-handshake the same code, but no system call failed then.
      return error.syscall === undefined
        ? { reason: 'connection_closed' }
        : { reason: 'connection_reset', detail: code };
    case 'EPIPE':
      return { reason: 'connection_reset', detail: code };
    case 'ETIMEDOUT':
      return { reason: 'handshake_timeout', detail: code };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { reason: 'connect_unreachable', detail: code };
    default:
      return { reason: 'handshake_failed', detail: code === '' ? error.message : code };
  }
}

/** What a conversation came to whose time is up. */
export function timedOut(stage: Stage, { via }: { readonly via?: object }): Failure {
  if (stage === 'tunnelling' || (stage === 'connecting' && via !== undefined))
    return { reason: 'proxy_failed', detail: 'no answer in time' };
  if (stage === 'connecting') return { reason: 'connect_timeout' };
  return stage === 'asking'
    ? { reason: 'handshake_timeout', detail: 'before TLS could begin' }
    : { reason: 'handshake_timeout' };
}

/** Whether the error is a TLS alert by which servers refuse a client without an acceptable certificate. */
export function refusesClient(error: SocketError): boolean {
  // RFC 8446 §6.2 has certificate_required; TLS 1.2 servers send whichever of the others their library prefers.
  return /ALERT_(?:CERTIFICATE_(?:REQUIRED|UNKNOWN|EXPIRED|REVOKED)|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)$/.test(
    error.code ?? '',
  );
}

/** Shortages of this host: they say nothing about the peer. */
const MONITOR_FAULTS: Readonly<Partial<Record<string, Reason>>> = {
  EMFILE: 'out_of_sockets',
  ENFILE: 'out_of_sockets',
  ENOBUFS: 'out_of_sockets',
  ENOMEM: 'out_of_sockets',
};

function connectFailure(code: string, address: string): Failure {
  switch (code) {
    case 'ECONNREFUSED':
      return { reason: 'connect_refused' };
    case 'ECONNRESET':
      return { reason: 'connection_reset', detail: code };
    case 'ETIMEDOUT':
      return { reason: 'connect_timeout', detail: code };
    case 'EAFNOSUPPORT':
      return { reason: 'family_unavailable', detail: code };
    case 'ENETUNREACH':
      return { reason: isIPv6(address) ? 'family_unavailable' : 'connect_unreachable', detail: code };
    case 'EADDRNOTAVAIL':
      // IPv6: there is no address to connect from. IPv4: the ephemeral ports are used up.
      return { reason: isIPv6(address) ? 'family_unavailable' : 'out_of_sockets', detail: code };
    default:
      // EHOSTUNREACH, and what local firewalls and odd addresses give: EACCES, EPERM, EINVAL.
      return { reason: 'connect_unreachable', detail: code };
  }
}

function opensslFailure(error: SocketError, code: string): Failure {
  const detail = error.reason ?? code;
  if (/WRONG_VERSION_NUMBER|HTTP_REQUEST|HTTPS_PROXY_REQUEST/.test(code))
    return { reason: 'not_tls', detail };
  // RFC 6066 §3: the one alert that is about the name.
  if (/UNRECOGNIZED_NAME/.test(code)) return { reason: 'name_refused', detail };
  if (/UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION/.test(code)) return { reason: 'protocol_version', detail };
  if (/EXCESSIVE_MESSAGE_SIZE/.test(code)) return { reason: 'chain_too_large', detail };
  if (error.library === 'asn1 encoding routines' || code.endsWith('CERT_LENGTH_MISMATCH')) {
    return { reason: 'certificate_unreadable', detail };
  }
  return { reason: 'handshake_failed', detail };
}
