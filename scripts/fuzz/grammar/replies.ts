import type { StartTls } from '../../../lib/core/endpoint.ts';
import type { Random } from '../random.ts';

const lines = (...text: string[]) => Buffer.from(text.map((line) => `${line}\r\n`).join(''), 'latin1');

const LDAP_DONE = '300c02010178070a010004000400';
const MYSQL_GREETING = `0a382e302e3332000b000000${'5a'.repeat(8)}00${'ffff'}ff0200ffdf15${'00'.repeat(10)}${'33'.repeat(12)}00`;

function mysqlPacket(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.of(payload.length & 0xff, payload.length >> 8, 0, 0), payload]);
}

/** Submission speaks SMTP. */
type Protocol = Exclude<StartTls, 'submission'>;

export const PROTOCOLS: readonly Protocol[] = ['smtp', 'imap', 'pop3', 'ftp', 'ldap', 'postgres', 'mysql'];

/** What servers answer, one reply after the other: right ones first, then those that mean no. */
const REPLIES: Readonly<Record<Protocol, readonly (readonly Buffer[])[]>> = {
  smtp: [
    [lines('220 mx.test ESMTP'), lines('220-mx.test', '220-no mail from you', '220 ready')],
    [
      lines('250-mx.test', '250-SIZE 1000', '250-STARTTLS', '250 HELP'),
      lines('250 STARTTLS'),
      lines('250 mx.test'),
      lines('502 no'),
    ],
    [lines('220 go ahead'), lines('454 not now')],
  ],
  imap: [
    [lines('* OK ready'), lines('* BYE')],
    [lines('a1 OK begin'), lines('* CAPABILITY IMAP4rev1', 'a1 OK begin'), lines('a1 BAD no')],
  ],
  pop3: [
    [lines('+OK ready'), lines('-ERR')],
    [lines('+OK begin'), lines('-ERR no')],
  ],
  ftp: [
    [lines('220 ready'), lines('220-Welcome', ' to 220 of us', '220 ready'), lines('421 full')],
    [lines('234 go'), lines('500 what'), lines('234-go', '234 ahead')],
  ],
  ldap: [[Buffer.from(LDAP_DONE, 'hex'), Buffer.from('30840000000c02010178070a010204000400', 'hex')]],
  postgres: [[Buffer.from('S'), Buffer.from('N'), Buffer.from('E')]],
  mysql: [[mysqlPacket(Buffer.from(MYSQL_GREETING, 'hex')), mysqlPacket(Buffer.from('ff1504no', 'latin1'))]],
};

/** A conversation's server side up to TLS, in one piece. */
export function replies(protocol: Protocol): (random: Random) => Buffer {
  return (random) => {
    const said = REPLIES[protocol].map((choices) =>
      random.once(4) ? random.pick(choices) : (choices[0] as Buffer),
    );
    const surplus = random.once(6) ? random.octets(random.between(1, 20)) : Buffer.alloc(0);
    return Buffer.concat([...said, surplus]);
  };
}

const STATUS_LINES = [
  'HTTP/1.1 200 Connection established',
  'HTTP/1.0 200 OK',
  'HTTP/1.1 407 Proxy Authentication Required',
  'HTTP/1.1 2',
  'SSH-2.0-x',
  'HTTP/2 200',
  '',
];
const HEADERS = ['Via: 1.1 proxy.test', 'Content-Length: 0', 'X: '.repeat(300), ''];

/** What a proxy answers to CONNECT. */
export function proxyAnswer(random: Random): Buffer {
  const status = random.once(2) ? 'HTTP/1.1 200 OK' : random.pick(STATUS_LINES);
  return Buffer.concat([
    lines(status, ...random.several(0, 4, () => random.pick(HEADERS)), ''),
    random.octets(random.below(4)),
  ]);
}
