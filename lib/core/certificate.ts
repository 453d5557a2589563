/** What a certificate says about itself. Everything in it is data from outside and possibly hostile: escape it per output. */

/** The kinds of GeneralName a subjectAltName can hold (RFC 5280 §4.2.1.6), by the names this product prints. */
type SubjectAltNameType = 'dns' | 'ip' | 'email' | 'uri' | 'dirName' | 'registeredId' | 'other';

export interface SubjectAltName {
  readonly type: SubjectAltNameType;
  readonly value: string;
}

/**
 * A certificate's part in a hierarchy, told from the certificate alone: `leaf` is not a CA, `root` is a CA that
 * signed itself, `intermediate` is every other CA.
 */
export type Role = 'leaf' | 'intermediate' | 'root';

/** The fields that an encoding can make unusable; each then is null and has its reason in `unreadable`. */
export type UnreadableField = 'notBefore' | 'notAfter' | 'subjectAltNames' | 'publicKey';

export interface Certificate {
  /** SHA-256 of the DER, lower-case hex: the certificate's identity. */
  readonly fingerprint: string;
  /** As `openssl x509 -serial` prints it, lower case. */
  readonly serialNumber: string;
  /** RFC 4514: the last RDN comes first. Empty where the name is empty. */
  readonly subject: string;
  readonly issuer: string;
  /** Empty where there is no such extension; null where it cannot be read, which is not the same. */
  readonly subjectAltNames: readonly SubjectAltName[] | null;
  /** How many further names it has that `subjectAltNames` leaves out, where the inventory kept only the first ones. */
  readonly subjectAltNamesOmitted?: number;
  /** ISO 8601 UTC to the second (`2027-01-31T23:59:59Z`); null where the encoding is unusable. */
  readonly notBefore: string | null;
  /** The last second of validity, inclusive (RFC 5280 §4.1.2.5). `9999-12-31T23:59:59Z` means no expiry. */
  readonly notAfter: string | null;
  /** `RSA`, `EC`, `Ed25519`, `ML-DSA-65`, …; `unknown` where the key cannot be decoded. */
  readonly keyAlgorithm: string;
  /** In bits; null where the algorithm has no such measure. */
  readonly keySize: number | null;
  /** OpenSSL's name of the curve (`prime256v1`), for EC keys with a named curve. */
  readonly keyCurve?: string;
  /** OpenSSL's long name (`sha256WithRSAEncryption`), or the dotted OID of an algorithm without one. */
  readonly signatureAlgorithm: string;
  /** SHA-256 of the SubjectPublicKeyInfo, lower-case hex: the identity of the key. Null where it cannot be read. */
  readonly spkiSha256: string | null;
  readonly role: Role;
  /** Its own key verifies its signature. */
  readonly selfSigned: boolean;
  /** It demands that its server staples an OCSP response (RFC 7633, `status_request`). */
  readonly mustStaple?: true;
  /** How many SCTs of Certificate Transparency logs are embedded in it (RFC 6962 §3.3). Absent where that is not known. */
  readonly scts?: number;
  /** Why a field is null. Absent where everything could be read. */
  readonly unreadable?: Readonly<Partial<Record<UnreadableField, string>>>;
}

/** RFC 5280 §4.1.2.5: the notAfter of a certificate that has no well-defined expiration date. */
export const NO_EXPIRY = '9999-12-31T23:59:59Z';

/** The most specific thing a person would call this certificate by: common name, else a SAN, else the serial number. */
export function certificateLabel(certificate: Certificate): string {
  const commonName = /(?:^|,|\+)CN=((?:\\.|[^,+\\])+)/.exec(certificate.subject)?.[1];
  if (commonName !== undefined) return commonName.replace(/\\([ ,+"\\<>;#=])/g, '$1');
  const name = certificate.subjectAltNames?.[0];
  if (name !== undefined) return name.value;
  return certificate.subject === '' ? `serial ${certificate.serialNumber}` : certificate.subject;
}
