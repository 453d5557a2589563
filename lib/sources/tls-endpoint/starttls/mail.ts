/** SMTP (RFC 3207), IMAP and POP3 (RFC 2595, RFC 9051 §6.2.1), and FTP (RFC 4217), which speak in lines. */
import type { Dialog } from '../dialog.ts';
import { codedReply, lineReply, refused, unexpected } from './reply-lines.ts';

export const SMTP: Dialog = [
  {
    expect: codedReply('SMTP', (code, [first = '']) =>
      code === '220' ? 'right' : unexpected('the greeting is not 220', first),
    ),
  },
  {
    // A client without a name of its own says its address (RFC 5321 §4.1.3); which one is nobody's business here.
    send: Buffer.from('EHLO [127.0.0.1]\r\n'),
    expect: codedReply('SMTP', (code, lines) => {
      if (code !== '250') return unexpected('EHLO was not answered with 250', lines.at(-1) ?? '');
      return lines.some((line) => /^250[ -]STARTTLS\s*$/i.test(line))
        ? 'right'
        : refused('STARTTLS is not among its extensions');
    }),
  },
  {
    send: Buffer.from('STARTTLS\r\n'),
    expect: codedReply('SMTP', (code, [first = '']) => (code === '220' ? 'right' : refused(first))),
  },
];

export const IMAP: Dialog = [
  {
    expect: lineReply((line) => (/^\* OK\b/i.test(line) ? 'right' : unexpected('no IMAP greeting', line))),
  },
  {
    send: Buffer.from('a1 STARTTLS\r\n'),
    expect: lineReply((line) => {
      if (line.startsWith('* ')) return null;
      return /^a1 OK\b/i.test(line) ? 'right' : refused(line);
    }),
  },
];

export const POP3: Dialog = [
  {
    expect: lineReply((line) => (/^\+OK\b/i.test(line) ? 'right' : unexpected('no POP3 greeting', line))),
  },
  {
    send: Buffer.from('STLS\r\n'),
    expect: lineReply((line) => (/^\+OK\b/i.test(line) ? 'right' : refused(line))),
  },
];

export const FTP: Dialog = [
  {
    expect: codedReply('FTP', (code, [first = '']) =>
      code === '220' ? 'right' : unexpected('the greeting is not 220', first),
    ),
  },
  {
    send: Buffer.from('AUTH TLS\r\n'),
    expect: codedReply('FTP', (code, [first = '']) => (code === '234' ? 'right' : refused(first))),
  },
];
