import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { TLSSocket, type TlsOptions } from 'node:tls';
import type { StartTls } from '../../lib/core/endpoint.ts';
import { type Issued, pemBundle } from './pki.ts';
import { serveTcp, type TestServer } from './tls-servers.ts';

/** How the server behaves when it is asked for TLS. */
export type Mood = 'willing' | 'unwilling' | 'strange' | 'silent';

/** The clear part as the server's side of each protocol has it; resolves when TLS may begin. */
type Clear = (socket: Socket, mood: Mood) => Promise<boolean>;

/** Speaks the protocol in the clear until it is asked for TLS, then presents the chain. */
export function serveStartTls(
  protocol: StartTls,
  chain: readonly Issued[],
  mood: Mood = 'willing',
  tls: TlsOptions = {},
): Promise<TestServer> {
  return serveTcp((socket) => {
    void CLEAR[protocol](socket, mood).then((isWilling) => {
      if (!isWilling) return;
      const secure = new TLSSocket(socket, {
        isServer: true,
        cert: pemBundle(...chain),
        key: chain[0]?.keyPem ?? '',
        ...tls,
      });
      secure.on('error', () => undefined);
      secure.resume();
    });
  });
}

/** The next bytes, as text of one character a byte. */
async function heard(socket: Socket): Promise<string> {
  socket.resume();
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.pause();
  return bytes.toString('latin1');
}

const lines =
  (
    greeting: string,
    asked: RegExp,
    yes: string,
    no: string,
    hello?: readonly [RegExp, string, string],
  ): Clear =>
  async (socket, mood) => {
    if (mood === 'silent') return false;
    socket.write(mood === 'strange' ? 'HELO? I am a teapot\r\n' : greeting);
    if (mood === 'strange') return false;
    if (hello !== undefined) {
      if (!hello[0].test(await heard(socket))) return false;
      socket.write(mood === 'unwilling' ? hello[2] : hello[1]);
      if (mood === 'unwilling') return false;
    }
    if (!asked.test(await heard(socket))) return false;
    socket.write(mood === 'unwilling' ? no : yes);
    return mood === 'willing';
  };

const SMTP = lines(
  '220-mail.test\r\n220 ready\r\n',
  /^STARTTLS\r\n$/,
  '220 go ahead\r\n',
  '454 not now\r\n',
  [
    /^EHLO \S+\r\n$/,
    '250-mail.test\r\n250-SIZE 1000\r\n250-STARTTLS\r\n250 HELP\r\n',
    '250-mail.test\r\n250 HELP\r\n',
  ],
);

const LDAP_REQUEST = '\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037';

const ldapResponse = (code: number) => Buffer.of(0x30, 0x0c, 2, 1, 1, 0x78, 7, 0x0a, 1, code, 4, 0, 4, 0);

const ldap: Clear = async (socket, mood) => {
  if ((await heard(socket)) !== LDAP_REQUEST || mood === 'silent') return false;
  socket.write(
    mood === 'strange' ? 'HTTP/1.1 400 Bad Request\r\n\r\n' : ldapResponse(mood === 'willing' ? 0 : 2),
  );
  return mood === 'willing';
};

const postgres: Clear = async (socket, mood) => {
  if ((await heard(socket)) !== '\0\0\0\x08\x04\xd2\x16\x2f' || mood === 'silent') return false;
  socket.write(mood === 'strange' ? 'HTTP/1.1 400' : mood === 'willing' ? 'S' : 'N');
  return mood === 'willing';
};

const mysql: Clear = async (socket, mood) => {
  if (mood === 'silent') return false;
  const body = Buffer.concat([
    Buffer.of(10),
    Buffer.from('8.4.0\0'),
    Buffer.alloc(13, 1),
    Buffer.of(0xff, mood === 'willing' ? 0xff : 0xf7),
    Buffer.alloc(30),
  ]);
  const greeting = Buffer.concat([Buffer.of(body.length, 0, 0, 0), body]);
  if (mood === 'strange') socket.write('SSH-2.0-OpenSSH_9.6\r\n');
  // In two parts, as a network may deliver it.
  else {
    socket.write(greeting.subarray(0, 3));
    setImmediate(() => socket.write(greeting.subarray(3)));
  }
  if (mood !== 'willing') return false;
  socket.resume();
  for (;;) {
    const request = socket.read(36) as Buffer | null;
    if (request !== null)
      return request.readUInt32LE(0) === 0x01000020 && (request.readUInt32LE(4) & 0x800) !== 0;
    socket.pause();
    await once(socket, 'readable');
  }
};

const CLEAR: Readonly<Record<StartTls, Clear>> = {
  smtp: SMTP,
  submission: SMTP,
  imap: lines('* OK IMAP4rev2\r\n', /^a1 STARTTLS\r\n$/, '* NOTE that\r\na1 OK now\r\n', 'a1 BAD what\r\n'),
  pop3: lines('+OK POP3\r\n', /^STLS\r\n$/, '+OK\r\n', '-ERR\r\n'),
  ftp: lines('220-Welcome\r\nto this place\r\n220 FTP\r\n', /^AUTH TLS\r\n$/, '234 go\r\n', '500 what\r\n'),
  ldap,
  postgres,
  mysql,
};

/** What a client asked the proxy for. */
export interface ProxyTestServer extends TestServer {
  readonly requests: readonly string[];
}

/** An HTTP proxy that knows one method; it connects to `towards` whatever it is asked for, or refuses with a status. */
export async function serveProxy(
  towards: { address: string; port: number } | string,
): Promise<ProxyTestServer> {
  const requests: string[] = [];
  const server = await serveTcp((socket) => {
    socket.once('data', (request) => {
      requests.push(request.toString('latin1'));
      if (typeof towards === 'string') {
        socket.end(towards);
        return;
      }
      const onward = connect(towards.port, towards.address, () => {
        socket.write('HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
      onward.on('error', () => socket.destroy());
      socket.on('close', () => onward.destroy());
    });
  });
  return { ...server, requests };
}
