import { type Issued, type MintOptions, mint, pemBundle } from '../test/support/pki.ts';
import type { Clock } from './clock.ts';

/** Everything the zoo serves, and what the story puts in its place later. */
export type DemoCertificates = Awaited<ReturnType<typeof mintCertificates>>;

const YEAR = 365;

/**
 * The usual validity of the leaves here, in days: the rungs of the ladder are at 22.5, 11.25, 5.6 and 1 days before its
 * end. What is served from the first cycle on, three weeks back, ends within 69 days.
 */
const LIFETIME = 90;

/** Mints two private CAs, a CA of partners, and a leaf for every server. All dates follow from the clock's `at`. */
export async function mintCertificates({ at }: Clock) {
  const authority = (commonName: string, from: number, until: number, issuer?: Issued) =>
    mint({
      subject: `CN=${commonName},O=Demo`,
      ca: true,
      notBefore: at(from),
      notAfter: at(until),
      ...(issuer === undefined ? {} : { issuer }),
    });
  const leaf = (name: string, until: number, options: Partial<MintOptions> = {}) =>
    mint({
      subject: `CN=${name}`,
      names: [name],
      notBefore: at(until - LIFETIME),
      notAfter: at(until),
      ...options,
    });

  const root = await authority('Demo Company Root CA', -5 * YEAR, 5 * YEAR);
  const issuing = await authority('Demo Company Issuing CA', -2 * YEAR, 3 * YEAR, root);
  const paymentsRoot = await authority('Demo Payments Root CA', -3 * YEAR, 7 * YEAR);
  const oldPartners = await authority('Demo Partner CA 2016', 86.4 - 10 * YEAR, 86.4);
  const newPartners = await authority('Demo Partner CA 2026', -30, 10 * YEAR);
  const byCompany = { issuer: issuing };
  const byPayments = { issuer: paymentsRoot };
  return {
    root,
    issuing,
    paymentsRoot,
    oldPartners,
    newPartners,
    healthy: await leaf('www.demo.test', 64.3, byCompany),
    expiring: await leaf('admin.demo.test', 5.1, byCompany),
    expired: await leaf('legacy.demo.test', -40.2, byCompany),
    selfSigned: await leaf('grafana.demo.test', 300.5, { notBefore: at(-65) }),
    wrongName: await leaf('internal-7.demo.test', 48.6, byCompany),
    withoutIntermediate: await leaf('status.demo.test', 57.4, byCompany),
    partners: await leaf('partners.demo.test', 61.7, byPayments),
    shop: await leaf('shop.demo.test', 2.2, byPayments),
    shopRenewed: await leaf('shop.demo.test', LIFETIME - 9, byPayments),
    pay: await leaf('pay.demo.test', 9.1, byPayments),
    payRenewed: await leaf('pay.demo.test', LIFETIME - 9, byPayments),
    edge: await leaf('edge.demo.test', 66.8, byCompany),
  };
}

/** The CAs that the partners' endpoint accepts clients from: the next one is in, the old one is on its way out. */
export function truststore({ oldPartners, newPartners }: DemoCertificates): string {
  return pemBundle(oldPartners, newPartners);
}

/** A chain as somebody pasted it together: of the last certificate only the beginning is there. */
export function damagedBundle({ edge, issuing, root }: DemoCertificates): string {
  return pemBundle(edge, issuing) + root.pem.slice(0, root.pem.length / 2);
}
