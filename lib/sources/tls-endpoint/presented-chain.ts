import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/**
 * How many certificates of a chain are looked at. OpenSSL's own default verification depth: no client gets further,
 * and servers that send more are broken in a way that cutting the list would hide.
 */
export const MAX_PRESENTED = 100;

/**
 * The certificates the peer sent, in that order, duplicates and strangers included; empty where it sent none. One more
 * than `MAX_PRESENTED` stands for too many. Can be read once per socket, and in `'error'` but not in `'close'`.
 */
export function presentedCertificates(socket: TLSSocket): readonly X509Certificate[] {
  const presented: X509Certificate[] = [];
  let certificate = socket.getPeerX509Certificate();
  while (certificate !== undefined && presented.length <= MAX_PRESENTED) {
    presented.push(certificate);
    // On a peer's certificate this is the next one sent, whoever issued what.
    certificate = certificate.issuerCertificate;
  }
  return presented;
}
