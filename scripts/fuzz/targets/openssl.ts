/** The second opinion: what OpenSSL, through node:crypto, makes of the same certificate. */
import { X509Certificate } from 'node:crypto';
import type { Certificate } from '../../../lib/core/certificate.ts';
import { encode, leaf, octetString, oid, parse, raw, sequence, type Tree } from '../der-tree.ts';
import { signed } from '../grammar/certificate.ts';
import { CA_DER, tbsOfLeaf } from '../grammar/hierarchy.ts';

export function openssl(bytes: Buffer): X509Certificate | null {
  try {
    return new X509Certificate(bytes);
  } catch {
    return null;
  }
}

const ca = new X509Certificate(CA_DER);

/** Whether OpenSSL can read this value of a subjectAltName, if its strings and values of any type are right in themselves. */
export function takesSubjectAltName(value: Buffer): boolean {
  const names = parse(value);
  names.forEach(straighten);
  const extension = sequence(oid('2.5.29.17'), octetString(raw(Buffer.concat(names.map(encode)))));
  const x509 = openssl(encode(signed(tbsOfLeaf([extension]), false)));
  // A certificate with an extension that OpenSSL cannot read was issued by nobody.
  return x509?.checkIssued(ca) ?? false;
}

/** Puts a string in the place of every value whose type an OID tells: where one is wrong, NotAfter shows it in hex. */
function straighten(tree: Tree): void {
  // Zeros by the dozen before a length are nothing that OpenSSL is sure about.
  if (typeof tree.length === 'object' && 'octets' in tree.length) tree.length = 'shortest';
  const [type, value] = tree.children ?? [];
  const values = tree.tag === 0xa0 ? value?.children : tree.children?.slice(1);
  if (type?.tag === 0x06 && values?.length === 1) Object.assign(values[0] as Tree, leaf(0x0c, 'x'));
  tree.children?.forEach(straighten);
}

/** What OpenSSL sees in the certificate and NotAfter does not, or sees otherwise, without giving a reason. */
export function lostInSilence(x509: X509Certificate, read: Certificate): string | null {
  return lostField(x509, read) ?? lostName(x509, read) ?? lostDate(x509, read);
}

function lostField(x509: X509Certificate, read: Certificate): string | null {
  const { unreadable = {} } = read;
  if (x509.fingerprint256.replaceAll(':', '').toLowerCase() !== read.fingerprint)
    return 'the fingerprint differs';
  const serialNumber = x509.serialNumber.toLowerCase();
  if (read.serialNumber !== (serialNumber === '0' ? '00' : serialNumber)) return 'the serial number differs';
  if (x509.ca && read.role === 'leaf') return 'a CA is taken for a leaf';
  if (read.keyAlgorithm === 'unknown' && unreadable.publicKey === undefined) return 'the key is lost';
  const fields = ['notBefore', 'notAfter', 'subjectAltNames'] as const;
  const one = fields.find((field) => (read[field] === null) !== (unreadable[field] !== undefined));
  return one === undefined ? null : `${one} has no reason, or one too many`;
}

function lostName(x509: X509Certificate, { subject, issuer, subjectAltNames }: Certificate): string | null {
  if (x509.subject && subject === '') return 'the subject is lost';
  if (x509.issuer && issuer === '') return 'the issuer is lost';
  // One that OpenSSL cannot read as a whole is valid for nothing there; here it may be read all the same.
  if (!x509.subjectAltName) return null;
  if (subjectAltNames?.length === 0) return 'the alternative names are lost';
  const plain = subjectAltNames?.find(({ type, value }) => type === 'dns' && /^[a-z]+\.[a-z]+$/.test(value));
  return plain && x509.checkHost(plain.value) === undefined ? `it is not valid for ${plain.value}` : null;
}

function lostDate(x509: X509Certificate, { notBefore, notAfter }: Certificate): string | null {
  return (
    otherDate(x509.validFrom, x509.validFromDate, notBefore) ??
    otherDate(x509.validTo, x509.validToDate, notAfter)
  );
}

function otherDate(text: string, theirs: Date, ours: string | null): string | null {
  // What node:crypto makes of a date that OpenSSL cannot read is whatever stood in memory.
  if (ours === null || text === 'Bad time value' || Number.isNaN(theirs.getTime())) return null;
  const differs = Date.parse(ours) !== theirs.getTime();
  return differs ? `${ours}, where OpenSSL reads ${theirs.toISOString()}` : null;
}
