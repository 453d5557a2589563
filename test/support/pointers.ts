import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { oid } from '../x509/forge.ts';
import { der, sequence, text } from './der-writer.ts';

export interface PointerUrls {
  /** Distribution points, each with its URLs. */
  readonly crl?: readonly (readonly string[])[];
  readonly ocsp?: readonly string[];
  /** Where its issuer is (AIA caIssuers). */
  readonly issuer?: readonly string[];
  /** It demands a stapled OCSP response (RFC 7633). */
  readonly mustStaple?: boolean;
}

const OCSP = '1.3.6.1.5.5.7.48.1';
const CA_ISSUERS = '1.3.6.1.5.5.7.48.2';

/** Extensions by which a certificate says where more is to be learned, for `mint`. URLs are Latin-1. */
export function pointers({
  crl = [],
  ocsp = [],
  issuer = [],
  mustStaple = false,
}: PointerUrls): x509.Extension[] {
  const uri = (url: string) => text(0x86, url);
  const points = crl.map((urls) => sequence(der(0xa0, der(0xa0, ...urls.map(uri)))));
  const access = [
    ...ocsp.map((url) => sequence(oid(OCSP), uri(url))),
    ...issuer.map((url) => sequence(oid(CA_ISSUERS), uri(url))),
  ];
  return [
    ...(points.length === 0 ? [] : [new x509.Extension('2.5.29.31', false, sequence(...points))]),
    ...(access.length === 0 ? [] : [new x509.Extension('1.3.6.1.5.5.7.1.1', false, sequence(...access))]),
    ...(mustStaple
      ? [new x509.Extension('1.3.6.1.5.5.7.1.24', false, sequence(der(0x02, Buffer.of(5))))]
      : []),
  ];
}
