import type { TLSSocket } from 'node:tls';
import type { Answer } from '../../core/observation.ts';

/**
 * Whether the server asked for a client certificate, and whether it went without one. A client shares signature
 * algorithms with a server only where that server sent them in a CertificateRequest (RFC 8446 §4.3.2): the one sign of it
 * that Node shows, and the only one at all where a server like nginx accepts everybody and refuses later, by HTTP.
 */
export function clientRequest(
  socket: TLSSocket,
  refused: boolean,
  hasClientCertificate: boolean,
): Pick<Answer, 'clientCertificateRequired' | 'clientCertificateRequested' | 'clientCertificateRefused'> {
  // Null where the connection is gone, which its type does not say.
  const shared = socket.getSharedSigalgs() as readonly string[] | null;
  const requested = refused || (shared?.length ?? 0) > 0;
  return {
    clientCertificateRequired: refused,
    ...(requested ? { clientCertificateRequested: true } : {}),
    ...(refused && hasClientCertificate ? { clientCertificateRefused: true } : {}),
  };
}

/** What was agreed on. */
export function parameters(socket: TLSSocket): Pick<Answer, 'protocol' | 'cipher' | 'keyExchangeGroup'> {
  const cipher = socket.getCipher()?.standardName ?? null;
  return { protocol: socket.getProtocol(), cipher, keyExchangeGroup: keyExchangeGroup(socket, cipher) };
}

function keyExchangeGroup(socket: TLSSocket, cipher: string | null): string | null {
  const ephemeral = socket.getEphemeralKeyInfo() as { type?: string; name?: string; size?: number } | null;
  if (ephemeral?.name !== undefined) return ephemeral.name;
  if (ephemeral?.type === 'DH') return `DH-${ephemeral.size}`;
  return cipher?.startsWith('TLS_RSA_') ? 'RSA' : null;
}
