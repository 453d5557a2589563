import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import * as tls from 'node:tls';
import { describe, expect, test } from 'vitest';
import { mint, pemBundle } from './pki.ts';

describe('minted certificates', () => {
  test('form a hierarchy that OpenSSL accepts in a real handshake', async () => {
    const root = await mint({ subject: 'CN=Root', ca: true, key: 'rsa' });
    const intermediate = await mint({ subject: 'CN=Intermediate', issuer: root, ca: true, key: 'p384' });
    const leaf = await mint({
      subject: 'CN=api.test',
      issuer: intermediate,
      names: ['api.test', '127.0.0.1'],
    });
    const server = tls.createServer({ key: leaf.keyPem, cert: pemBundle(leaf, intermediate) });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = tls.connect({ port, host: '127.0.0.1', servername: 'api.test', ca: root.pem });
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    socket.destroy();
    server.close();
  });

  test.each(['ec', 'p384', 'ed25519', 'rsa', 'rsa1024'] as const)('can have a %s key', async (key) => {
    const issued = await mint({ subject: 'CN=k', key });
    expect(issued.x509.verify(issued.x509.publicKey)).toBe(true);
  });

  test('keep the order of a subject, and the dates and the serial number asked for', async () => {
    const notBefore = new Date('2026-01-01T00:00:00Z');
    const notAfter = new Date('2055-01-01T00:00:00Z');
    const { x509 } = await mint({ subject: 'CN=a\\,b,O=Acme,C=DE', serialNumber: '0a', notBefore, notAfter });
    expect(x509.subject).toBe('C=DE\nO=Acme\nCN=a\\,b');
    expect(x509.validFromDate).toEqual(notBefore);
    expect(x509.validToDate).toEqual(notAfter);
    expect(x509.serialNumber).toBe('0A');
  });

  test('can certify the same key twice', async () => {
    const old = await mint({ subject: 'CN=CA', ca: true, days: -1 });
    const renewed = await mint({ subject: 'CN=CA', ca: true, reuseKeyOf: old });
    expect(old.x509.verify(renewed.x509.publicKey)).toBe(true);
    expect(old.x509.validToDate < new Date()).toBe(true);
  });
});
