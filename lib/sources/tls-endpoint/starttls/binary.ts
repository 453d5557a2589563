/** LDAP (RFC 4511 §4.14), PostgreSQL (Frontend/Backend Protocol, "SSL Session Encryption") and MySQL (Protocol::SSLRequest). */
import { children, content, DerError, readElement } from '../../../x509/der.ts';
import type { Dialog, Reply } from '../dialog.ts';
import { refused, unexpected } from './reply-lines.ts';

const START_TLS_OID = Buffer.from('1.3.6.1.4.1.1466.20037');
const EXTENDED_RESPONSE = 0x78;

export const LDAP: Dialog = [
  {
    // LDAPMessage { messageID 1, ExtendedRequest { requestName } }
    send: Buffer.concat([
      Buffer.of(0x30, START_TLS_OID.length + 7, 0x02, 1, 1),
      Buffer.of(0x77, START_TLS_OID.length + 2, 0x80, START_TLS_OID.length),
      START_TLS_OID,
    ]),
    expect: (received) => {
      // The step before may have taken all there was: a tunnel through a proxy, say.
      if (received.length === 0) return 'more';
      if (received[0] !== 0x30) return unexpected('no LDAP message', received.toString('latin1'));
      const length = lengthOfMessage(received);
      if (length === undefined || received.length < length) return 'more';
      return judgeLdap(received.subarray(0, length));
    },
  },
];

/** Of the BER element at the start; undefined while its length octets are not there. */
function lengthOfMessage(received: Buffer): number | undefined {
  const first = received[1];
  if (first === undefined) return undefined;
  if (first < 0x80) return 2 + first;
  const octets = first & 0x7f;
  if (octets === 0 || octets > 4) return 2;
  return received.length < 2 + octets ? undefined : 2 + octets + received.readUIntBE(2, octets);
}

function judgeLdap(message: Buffer): Reply {
  try {
    const [, response] = children(message, readElement(message));
    if (response?.tag !== EXTENDED_RESPONSE)
      return unexpected('no LDAP extended response', message.toString('hex'));
    const [resultCode] = children(message, response);
    const result = resultCode === undefined ? undefined : content(message, resultCode)[0];
    return result === 0 ? { taken: message.length } : refused(`LDAP result code ${result}`);
  } catch (error) {
    if (error instanceof DerError) return unexpected('no LDAP message', error.message);
    throw error;
  }
}

export const POSTGRES: Dialog = [
  {
    // Length 8, then the request code 1234.5679.
    send: Buffer.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f),
    expect: (received) => {
      if (received.length === 0) return 'more';
      const answer = String.fromCharCode(received[0] ?? 0);
      if (answer === 'S') return { taken: 1 };
      if (answer === 'N') return refused('the server was started without SSL');
      return unexpected('neither S nor N', received.toString('latin1'));
    },
  },
];

const CLIENT_PROTOCOL_41 = 0x200;
const CLIENT_SSL = 0x800;
const CLIENT_SECURE_CONNECTION = 0x8000;
const MYSQL_VERSION_10 = 0x0a;
const MYSQL_ERROR = 0xff;

export const MYSQL: Dialog = [
  {
    expect: (received) => {
      if (received.length < 5) return 'more';
      const length = received.readUIntLE(0, 3);
      // A greeting has some 80 bytes. Longer ones are another protocol whose text was taken for a length.
      if (length > 4_096) return unexpected('no MySQL greeting', received.toString('latin1'));
      if (received.length < 4 + length) return 'more';
      return judgeGreeting(received.subarray(4, 4 + length));
    },
  },
  { send: sslRequest(), expect: () => ({ taken: 0 }) },
];

function judgeGreeting(payload: Buffer): Reply {
  if (payload[0] === MYSQL_ERROR) return refused(payload.toString('latin1', 3));
  // The version ends in NUL; thread id (4), salt (8) and a filler stand before the capabilities.
  const capabilitiesAt = payload.indexOf(0) + 14;
  if (payload[0] !== MYSQL_VERSION_10 || payload.length < capabilitiesAt + 2)
    return unexpected('no MySQL greeting of version 10', payload.toString('latin1'));
  const capabilities = payload.readUInt16LE(capabilitiesAt);
  return (capabilities & CLIENT_SSL) === 0
    ? refused('the server was started without TLS')
    : { taken: 4 + payload.length };
}

/** Capabilities, largest packet, character set, 23 zeros; the server says nothing between it and its first TLS record. */
function sslRequest(): Buffer {
  const packet = Buffer.alloc(4 + 32);
  packet.writeUIntLE(32, 0, 3);
  packet[3] = 1;
  packet.writeUInt32LE(CLIENT_PROTOCOL_41 | CLIENT_SSL | CLIENT_SECURE_CONNECTION, 4);
  packet.writeUInt32LE(0x1000000, 8);
  packet[12] = 45;
  return packet;
}
