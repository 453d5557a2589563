import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '../../lib/x509/bundle.ts';
import { scanPem } from '../../lib/x509/pem.ts';
import type { Issued } from '../support/pki.ts';
import { mint, pemBundle } from '../support/pki.ts';

const BEGIN = '-----BEGIN CERTIFICATE-----';
const END = '-----END CERTIFICATE-----';

let a: Issued;
let b: Issued;
let c: Issued;

beforeAll(async () => {
  [a, b, c] = await Promise.all([
    mint({ subject: 'CN=a', ca: true }),
    mint({ subject: 'CN=b', ca: true }),
    mint({ subject: 'CN=c', ca: true }),
  ]);
});

/** a, b and c, with b's text changed. */
function around(change: (pem: string) => string): string {
  return `${a.pem}${change(b.pem)}${c.pem}`;
}

function base64(pem: string): string[] {
  return pem.trim().split('\n').slice(1, -1);
}

function block(...lines: readonly string[]): string {
  return `${[BEGIN, ...lines, END].join('\n')}\n`;
}

function read(text: string | Buffer) {
  const { certificates, blocks, unreadable } = readBundle(Buffer.from(text));
  return {
    names: certificates.map(({ subject }) => subject.slice(3)).join(''),
    blocks,
    problems: unreadable.map(({ firstLine, lastLine, reason }) => `${firstLine}-${lastLine} ${reason}`),
  };
}

describe('variants that every program reads', () => {
  const variants: Record<string, () => string> = {
    plain: () => around((pem) => pem),
    CRLF: () => around((pem) => pem).replaceAll('\n', '\r\n'),
    'a byte order mark': () => `\ufeff${around((pem) => pem)}`,
    'comments and a preamble': () => around((pem) => `# b\nsubject=CN = b\n\n${pem}\n; end\n`),
    'trailing garbage': () => `${around((pem) => pem)}\0\0 garbage -- ----- é`,
    'no final newline': () => around((pem) => pem).trimEnd(),
    'a one-line body': () => around((pem) => block(base64(pem).join(''))),
    'short lines': () =>
      around((pem) =>
        block(
          ...(base64(pem)
            .join('')
            .match(/.{1,7}/g) ?? []),
        ),
      ),
    'an indented body': () => around((pem) => block(...base64(pem).map((line) => `  ${line}`))),
    'trailing spaces': () => around((pem) => pem.replaceAll('\n', ' \t\n')),
    'a blank line after BEGIN': () => around((pem) => block('', ...base64(pem))),
    'an X509 CERTIFICATE header': () => around((pem) => pem.replaceAll('CERTIFICATE', 'X509 CERTIFICATE')),
    'TRUSTED CERTIFICATE with trust settings': () =>
      around(() => {
        const settings = Buffer.from('300c300a06082b06010505070301', 'hex');
        const body = Buffer.concat([b.der, settings]).toString('base64');
        return block(body).replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE');
      }),
    'an END without a BEGIN': () => around((pem) => `${END}\n${pem}`),
    'a block that is commented out': () => around((pem) => `${pem.replace(/^/gm, '# ')}\n${pem}`),
    'blocks of other kinds': () =>
      around((pem) => `-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n${pem}`),
  };
  test.each(Object.entries(variants))('%s', (_, text) => {
    expect(read(text())).toEqual({ names: 'abc', blocks: 3, problems: [] });
  });
});

describe('variants that OpenSSL reads in part are read in full, with a warning', () => {
  const mine = '(read here all the same)';
  const variants: Record<string, [() => string | Buffer, string[]]> = {
    'an indented block': [
      () => around((pem) => `${pem.trim().replace(/^/gm, '  ')}\n`),
      [`11-20 the BEGIN line is indented ${mine}`],
    ],
    'carriage returns alone': [
      () => around((pem) => `${pem.replaceAll('\n', '\r').trimEnd()}\n`),
      [`11-20 its lines end in a carriage return alone ${mine}`],
    ],
    'no newline between blocks': [
      () => `${a.pem.trimEnd()}${b.pem}${c.pem}`,
      [`1-10 there is no line break after END ${mine}`, `10-19 there is no line break before BEGIN ${mine}`],
    ],
    'everything on one line': [
      () => around((pem) => `${pem.replaceAll('\n', '')}\n`),
      [`11-11 there is no line break before END ${mine}`],
    ],
    'text before BEGIN': [
      () => around((pem) => `cert: ${pem}`),
      [`11-20 there is text before BEGIN on its line ${mine}`],
    ],
    'text after END': [
      () => around((pem) => pem.replace(END, `${END} b`)),
      [`11-20 there is no line break after END ${mine}`],
    ],
    'a missing END': [
      () => around((pem) => pem.replace(`${END}\n`, '')),
      [`11-19 the END line is missing ${mine}`],
    ],
    'a truncated END': [
      () => around((pem) => pem.replace(END, '-----END CERTIF')),
      [`11-20 the END line is missing ${mine}`],
    ],
    'an END of another kind': [
      () => around((pem) => pem.replace(END, '-----END X509 CRL-----')),
      [`11-20 it begins as CERTIFICATE and ends as X509 CRL ${mine}`],
    ],
    'a blank line in the body': [
      () => around((pem) => block(...base64(pem).toSpliced(3, 0, ''))),
      [`11-21 line 15 is blank ${mine}`],
    ],
    'a comment in the body': [
      () => around((pem) => block(...base64(pem).toSpliced(3, 0, '# half-time'))),
      [`11-21 line 15 does not belong here ${mine}`],
    ],
    'header lines': [
      () => around((pem) => block('X-Origin: somewhere', '', ...base64(pem))),
      [`11-22 line 12 is a header line ${mine}`],
    ],
    'padding that is missing': [
      () =>
        around(() =>
          block(
            Buffer.concat([b.der, Buffer.alloc(4 - (b.der.length % 3))])
              .toString('base64')
              .replace(/=+$/, ''),
          ),
        ),
      [`11-13 the base64 padding is wrong ${mine}`],
    ],
    'bytes after the certificate': [
      () => around(() => block(Buffer.concat([b.der, Buffer.of(1, 2)]).toString('base64'))),
      [`11-13 the certificate is followed by other bytes (2) ${mine}`],
    ],
    'UTF-16 with a mark': [
      () => Buffer.from(`\ufeff${a.pem}${b.pem}${c.pem}`, 'utf16le'),
      ['1-10', '11-20', '21-30'].map((lines) => `${lines} the file is encoded as UTF-16 ${mine}`),
    ],
    'big-endian UTF-16 without one': [
      () => Buffer.from(`${a.pem}${b.pem}${c.pem}`, 'utf16le').swap16(),
      ['1-10', '11-20', '21-30'].map((lines) => `${lines} the file is encoded as UTF-16 ${mine}`),
    ],
  };
  test.each(Object.entries(variants))('%s', (_, [text, problems]) => {
    expect(read(text())).toEqual({ names: 'abc', blocks: 3, problems });
  });
});

describe('a block that cannot be read hides no other', () => {
  const variants: Record<string, [() => string, string]> = {
    'a character outside base64': [
      () => around((pem) => pem.replace(/\n(.{10})./, '\n$1!')),
      '11-20 line 12 is not base64',
    ],
    'an empty block': [() => around(() => block()), '11-12 the block is empty'],
    'padding in the middle': [
      () => around((pem) => block('MIIB==', ...base64(pem))),
      '11-21 the base64 is damaged',
    ],
    'a body that was cut': [
      () => around((pem) => block(...base64(pem).slice(0, 4))),
      '11-16 the element at offset 0 is cut off',
    ],
    'something that is no certificate': [
      () => around(() => block(Buffer.from('3003020101', 'hex').toString('base64'))),
      '11-13 OpenSSL cannot decode it as a certificate',
    ],
    'a PKCS #7 block': [
      () => around(() => '-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n'),
      '11-13 PKCS #7 is not supported; `openssl pkcs7 -print_certs` converts it',
    ],
  };
  test.each(Object.entries(variants))('%s', (_, [text, problem]) => {
    expect(read(text())).toEqual({ names: 'ac', blocks: 3, problems: [problem] });
  });
});

describe('a BEGIN without an END', () => {
  test('is a block of its own and does not swallow the next', () => {
    expect(read(around((pem) => `${BEGIN}\n${pem}`))).toEqual({
      names: 'abc',
      blocks: 4,
      problems: ['11-11 the END line is missing; the block is empty'],
    });
  });
});

describe('private keys', () => {
  const legacy = [
    '-----BEGIN RSA PRIVATE KEY-----',
    'Proc-Type: 4,ENCRYPTED',
    'DEK-Info: AES-128-CBC,00',
    '',
    'c2VjcmV0',
    '-----END RSA PRIVATE KEY-----',
    '',
  ].join('\n');

  test('are known by their line alone, whatever their kind', () => {
    const encrypted = legacy.replaceAll('RSA PRIVATE', 'ENCRYPTED PRIVATE');
    const { certificates, blocks, unreadable, privateKeyLines } = readBundle(
      Buffer.from(`${a.pem}${b.keyPem}${legacy}${encrypted}${c.pem}`),
    );
    expect(certificates).toHaveLength(2);
    expect({ blocks, unreadable }).toEqual({ blocks: 2, unreadable: [] });
    const keyLines = b.keyPem.trimEnd().split('\n').length;
    expect(privateKeyLines).toEqual([11, 11 + keyLines, 17 + keyLines]);
  });

  test('leave nothing behind, not even where they are cut or mislabelled', () => {
    const cut = b.keyPem.replace(/-----END.*\n/, '');
    const mislabelled = legacy.replace('-----END RSA PRIVATE KEY-----', END);
    for (const key of [b.keyPem, legacy, cut, mislabelled]) {
      const blocks = scanPem(`${key}${a.pem}`);
      expect(blocks.map(({ label, der }) => [label.endsWith('PRIVATE KEY'), der !== null])).toEqual([
        [true, false],
        [false, true],
      ]);
      expect(JSON.stringify(blocks[0])).not.toMatch(/MIG|c2VjcmV0/);
    }
  });
});

describe('any text at all', () => {
  const line = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.constantFrom(
      '',
      BEGIN,
      END,
      '-----BEGIN X-----',
      '-----',
      '----------',
      'MIIB',
      '# x',
      '\r',
      '\0',
      `${END}${BEGIN}`,
    ),
  );

  test('is scanned without an error', () => {
    fc.assert(
      fc.property(fc.array(line), fc.constantFrom('\n', '\r\n', '\r', ''), (lines, newline) => {
        for (const { firstLine, lastLine } of scanPem(lines.join(newline))) {
          expect(lastLine).toBeGreaterThanOrEqual(firstLine);
        }
      }),
    );
  });

  test('loses no whole block among its lines', () => {
    const garbage = fc.array(line).map((lines) => lines.map((text) => `${text}\n`).join(''));
    fc.assert(
      fc.property(garbage, garbage, garbage, (before, between, after) => {
        const { certificates } = readBundle(Buffer.from(`${before}${a.pem}${between}${b.pem}${after}`));
        expect(certificates.map(({ subject }) => subject)).toEqual(['CN=a', 'CN=b']);
      }),
    );
  });

  test('is not taken for UTF-16 because of a few odd bytes', () => {
    const odd = Buffer.concat([Buffer.from('\ufeff-----', 'utf16le'), Buffer.from(`\n${a.pem}`)]);
    expect(read(odd).names).toBe('a');
  });

  // Each of these is quadratic for a scanner that searches ahead: minutes where this one takes a tenth of a second.
  test.each([
    ['BEGIN lines', `${BEGIN}\n`.repeat(37_000)],
    ['BEGIN without a line break', BEGIN.repeat(37_000)],
    ['half a BEGIN', '-----BEGIN '.repeat(90_000)],
    ['hyphens', '-'.repeat(1_000_000)],
    ['carriage returns', '\r'.repeat(1_000_000)],
    ['base64 padding', `${BEGIN}\n${'='.repeat(1_000_000)}`],
    ['one endless line of base64', `${BEGIN}\n${'A'.repeat(1_000_000)}!`],
  ])('of a megabyte of %s costs no more than its length', (_, text) => {
    const { unreadable, certificates } = readBundle(Buffer.from(text));
    expect(certificates).toEqual([]);
    expect(unreadable.length).toBeLessThanOrEqual(101);
  });
});

describe('line numbers', () => {
  test('are counted as an editor does, whatever ends a line', () => {
    for (const newline of ['\n', '\r\n', '\r']) {
      const text = ['one', '', b.keyPem.trimEnd().replaceAll('\n', newline)].join(newline);
      expect(readBundle(Buffer.from(text)).privateKeyLines).toEqual([3]);
    }
  });

  test('stand for the blocks beyond the hundredth in one entry', () => {
    const { unreadable, blocks } = readBundle(Buffer.from(`${BEGIN}\n`.repeat(250)));
    expect(blocks).toBe(250);
    expect(unreadable).toHaveLength(101);
    expect(unreadable.at(-1)).toMatchObject({ firstLine: 101, lastLine: 250 });
  });
});

describe('a bundle', () => {
  test('holds each certificate once and counts those that stand in it more often', () => {
    const { certificates, duplicates, blocks, x509 } = readBundle(Buffer.from(pemBundle(a, b, a, a, c, b)));
    expect(certificates.map(({ subject }) => subject)).toEqual(['CN=a', 'CN=b', 'CN=c']);
    expect(x509.map((one) => one.subject)).toEqual(['CN=a', 'CN=b', 'CN=c']);
    expect({ duplicates, blocks }).toEqual({ duplicates: 2, blocks: 6 });
  });

  test('can be a single certificate in DER', () => {
    expect(read(a.der)).toEqual({ names: 'a', blocks: 1, problems: [] });
  });

  test('in DER says what else it is', () => {
    expect(read(Buffer.concat([a.der, Buffer.from('\n')])).problems).toEqual([
      '1-1 the certificate is followed by other bytes (1) (read here all the same)',
    ]);
    const signedData = Buffer.from('3082000d06092a864886f70d010702a0020500', 'hex');
    expect(read(signedData).problems[0]).toMatch(/PKCS #7 is not supported/);
    expect(read(a.der.subarray(0, 100))).toMatchObject({ names: '', blocks: 1 });
  });
});
