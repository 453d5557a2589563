import { constants } from 'node:crypto';
import { createSecureContext, DEFAULT_CIPHERS, type SecureContext } from 'node:tls';
import type { Trust } from '../../x509/trust.ts';

/** What a client shows to a server that asks for a certificate, in PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * The context that all probes of a run share: one for each would cost seven times the CPU and five times the memory.
 * @throws Error where the client certificate and its key cannot be used.
 */
export function createProbeContext(trust: Trust, client?: ClientCertificate): SecureContext {
  const base = {
    // The anchors, so that OpenSSL's verdict means something.
    ca: [...trust.pem],
    // A server with a weak key is to be seen and judged; at OpenSSL's default level its handshake would fail.
    ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0`,
    // Nor would that of an old one without RFC 5746, which OpenSSL 3 refuses.
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
  };
  if (client === undefined) return createSecureContext(base);
  try {
    return createSecureContext({ ...base, cert: client.cert, key: client.key });
  } catch (cause) {
    const what = (cause as Error).message;
    throw new Error(
      `The client certificate cannot be used: ${what}. Give a PEM certificate and its unencrypted PEM key.`,
      { cause },
    );
  }
}
