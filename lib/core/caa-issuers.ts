/**
 * The domains by which a large public CA lets itself be named in CAA records, by the organisation in the names of its
 * issuing certificates; null for every other. CAs publish them in section 4.2 of their certification practice
 * statements, and the CCADB lists them: https://ccadb.my.salesforce-sites.com/ccadb/AllCAAIdentifiersReport
 * Where one CA issues under the contract of another the domains of both are here: a domain too many misses a
 * violation, one too few accuses somebody of what they did not do.
 */
export function caaDomainsOf(organization: string): readonly string[] | null {
  return DOMAINS.get(normalized(organization)) ?? null;
}

/** The organisation in a distinguished name (RFC 4514), the first that stands there; null where it has none. */
export function organizationOf(name: string): string | null {
  for (const [attribute] of name.matchAll(/(?:\\.|[^,+\\])+/gs)) {
    if (attribute.startsWith('O=')) return attribute.slice(2).replace(/\\([ ,+"\\<>;#=])/g, '$1');
  }
  return null;
}

function normalized(organization: string): string {
  return organization.normalize('NFKC').toLowerCase().replaceAll('’', "'").replace(/\s+/g, ' ').trim();
}

const AMAZON = ['amazon.com', 'amazontrust.com', 'awstrust.com', 'amazonaws.com', 'aws.amazon.com'];
const DIGICERT = [
  'digicert.com',
  'www.digicert.com',
  'digicert.ne.jp',
  'cybertrust.ne.jp',
  'thawte.com',
  'geotrust.com',
  'rapidssl.com',
  'symantec.com',
  'quovadisglobal.com',
  'digitalcertvalidation.com',
  'volusion.digitalcertvalidation.com',
  'stratossl.digitalcertvalidation.com',
  'intermediatecertificate.digitalcertvalidation.com',
  '1and1.digitalcertvalidation.com',
];
// Both took over customers and domains of Entrust, which left the business in 2025.
const ENTRUST = ['entrust.net', 'affirmtrust.com'];
const SECTIGO = [
  'sectigo.com',
  'comodo.com',
  'comodoca.com',
  'usertrust.com',
  'trust-provider.com',
  ...ENTRUST,
];
const SSL_COM = ['ssl.com', ...ENTRUST];
const CERTUM = ['certum.pl', 'certum.eu'];
const GODADDY = ['godaddy.com', 'starfieldtech.com'];
const HARICA = ['harica.gr'];
const QUOVADIS = ['quovadisglobal.com', ...DIGICERT];
const TELEKOM = ['telesec.de', 'pki.dfn.de', 'dfn.de'];
const D_TRUST = ['d-trust.net', 'dtrust.de', 'd-trust.de'];
const VIKING_CLOUD = ['trustwave.com', 'securetrust.com', 'vikingcloud.com'];

const TABLE: readonly (readonly [organizations: readonly string[], domains: readonly string[]])[] = [
  [['Amazon', 'Amazon Trust Services'], AMAZON],
  [["Let's Encrypt", 'Internet Security Research Group', 'ISRG'], ['letsencrypt.org']],
  [['Google Trust Services', 'Google Trust Services LLC'], ['pki.goog']],
  // DigiCert issues for AWS too, by its agreement with Amazon.
  [
    ['DigiCert Inc', 'DigiCert, Inc.', 'DigiCert Ireland Limited'],
    [...DIGICERT, ...AMAZON],
  ],
  [['GeoTrust', 'GeoTrust Inc.', 'thawte, Inc.', 'RapidSSL', 'Symantec Corporation', 'Verokey'], DIGICERT],
  [['QuoVadis Limited', 'QuoVadis Trustlink B.V.', 'QuoVadis Trustlink Schweiz AG'], QUOVADIS],
  [['Sectigo Limited', 'COMODO CA Limited', 'The USERTRUST Network', 'Trust Provider B.V.'], SECTIGO],
  // Resold by Sectigo's agreement, under a name of their own.
  [
    ['ZeroSSL', 'ZeroSSL GmbH', 'Gehirn Inc.', 'Gandi', 'Gandi SAS'],
    ['zerossl.com', ...SECTIGO],
  ],
  [['GlobalSign', 'GlobalSign nv-sa'], ['globalsign.com']],
  // Its intermediates are signed by DigiCert too.
  [['Microsoft Corporation'], ['microsoft.com', 'digicert.com']],
  [['SSL Corp', 'SSL Corporation'], SSL_COM],
  [
    ['Entrust', 'Entrust, Inc.', 'Entrust Limited', 'Entrust Corporation'],
    [...SECTIGO, ...SSL_COM],
  ],
  [['AffirmTrust'], ENTRUST],
  [['Actalis S.p.A.'], ['actalis.it']],
  [['Asseco Data Systems S.A.', 'Certum', 'Unizeto Technologies S.A.'], CERTUM],
  [
    ['Hellenic Academic and Research Institutions CA', 'GEANT Vereniging'],
    [...HARICA, ...SECTIGO],
  ],
  [['IdenTrust', 'IdenTrust, Inc.'], ['identrust.com']],
  [
    ['Buypass AS-983163327', 'Buypass AS'],
    ['buypass.com', 'buypass.no'],
  ],
  [['GoDaddy.com, Inc.', 'GoDaddy.com, LLC', 'GoDaddy Inc.'], GODADDY],
  [
    ['Starfield Technologies', 'Starfield Technologies, Inc.', 'Starfield Technologies, LLC'],
    [...GODADDY, ...AMAZON],
  ],
  [['Certainly'], ['certainly.com']],
  [['Deutsche Telekom Security GmbH', 'T-Systems International GmbH'], TELEKOM],
  [['D-Trust GmbH'], D_TRUST],
  [['SwissSign AG'], ['swisssign.com']],
  [['SECOM Trust Systems CO.,LTD.', 'SECOM Trust Systems Co., Ltd.'], ['secomtrust.net']],
  [['Cybertrust Japan Co., Ltd.'], ['cybertrust.co.jp', 'cybertrust.ne.jp']],
  [['Viking Cloud, Inc.', 'Trustwave Holdings, Inc.'], VIKING_CLOUD],
  [['TAIWAN-CA', 'TAIWAN-CA Inc.', 'TWCA'], ['twca.com.tw']],
  [['Telia Company AB', 'Telia Finland Oyj', 'TeliaSonera'], ['telia.com']],
  [['certSIGN', 'CERTSIGN SA'], ['certsign.ro']],
  [
    ['Certigna', 'Dhimyotis'],
    ['certigna.fr', 'certigna.com'],
  ],
  [['eMudhra Technologies Limited', 'eMudhra Inc'], ['emsign.com']],
  [['Microsec Ltd.'], ['e-szigno.hu']],
  [['NETLOCK Kft.'], ['netlock.hu', 'netlock.net', 'netlock.eu', 'netlock.com']],
  [['Apple Inc.'], ['pki.apple.com']],
];

const DOMAINS: ReadonlyMap<string, readonly string[]> = new Map(
  TABLE.flatMap(([organizations, domains]) =>
    organizations.map((each) => [normalized(each), domains] as const),
  ),
);
