import { describe, expect, test } from 'vitest';
import { refusesClient, socketFailure } from '../../../lib/sources/tls-endpoint/failure.ts';

const error = (code: string, syscall?: string) =>
  Object.assign(new Error(code), { code }, syscall === undefined ? {} : { syscall });

/** What a test cannot provoke on every machine; the rest is tested with real servers. */
describe('a failed conversation', () => {
  test.each([
    ['ENETUNREACH', '2001:db8::1', 'family_unavailable'],
    ['EADDRNOTAVAIL', '2001:db8::1', 'family_unavailable'],
    ['EAFNOSUPPORT', '192.0.2.1', 'family_unavailable'],
    ['ENETUNREACH', '192.0.2.1', 'connect_unreachable'],
    ['EHOSTUNREACH', '2001:db8::1', 'connect_unreachable'],
    ['EADDRNOTAVAIL', '192.0.2.1', 'out_of_sockets'],
    ['EMFILE', '192.0.2.1', 'out_of_sockets'],
    ['ENFILE', '192.0.2.1', 'out_of_sockets'],
    ['ETIMEDOUT', '192.0.2.1', 'connect_timeout'],
    ['EPERM', '192.0.2.1', 'connect_unreachable'],
  ])('to connect with %s to %s is %s', (code, address, reason) => {
    expect(socketFailure(error(code, 'connect'), 'connecting', { address })).toMatchObject({ reason });
  });

  test.each([
    ['ETIMEDOUT', 'handshake_timeout'],
    ['EPIPE', 'connection_reset'],
    ['EHOSTUNREACH', 'connect_unreachable'],
    ['EPROTO', 'handshake_failed'],
  ])('in the handshake with %s is %s', (code, reason) => {
    expect(socketFailure(error(code, 'read'), 'handshaking', { address: '192.0.2.1' })).toMatchObject({
      reason,
    });
  });
});

describe('an alert', () => {
  test.each([
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
    'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE',
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
  ])('may refuse the client (%s)', (code) => {
    expect(refusesClient(error(code))).toBe(true);
  });

  test.each(['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'ERR_SSL_BAD_CERTIFICATE', 'ECONNRESET'])(
    'or be about something else (%s)',
    (code) => {
      expect(refusesClient(error(code))).toBe(false);
    },
  );
});
