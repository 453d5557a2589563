import { type Call, Fault, json, type Served } from './protocol.ts';

/** A certificate as ACM has it. Whatever is left out has the value that a healthy one in use has. */
interface AcmCertificate {
  readonly arn: string;
  readonly domain: string;
  /** PEM. Empty while it was not issued. */
  readonly leaf: string;
  readonly chain?: string;
  readonly serial?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly keyType?: string;
  readonly origin?: 'AWS_MANAGED' | 'CUSTOMER_PROVIDED' | 'ACME';
  readonly status?: string;
  readonly type?: string;
  readonly usedBy?: readonly string[];
  readonly renews?: boolean;
  readonly renewal?: { readonly status: string; readonly reason?: string };
  readonly failure?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface AcmState {
  certificates: AcmCertificate[];
  /** Lists no more than this many, whatever was asked for. */
  pageSize?: number;
  /** Fails the page with this number (from 1), or the operation by its name. */
  failPage?: { readonly page: number; readonly fault: Fault };
  failures?: Readonly<Record<string, Fault>>;
}

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  ListCertificates: [
    'Includes',
    'CertificateKeyPairOrigins',
    'CertificateStatuses',
    'MaxItems',
    'NextToken',
    'SortBy',
    'SortOrder',
  ],
  DescribeCertificate: ['CertificateArn'],
  GetCertificate: ['CertificateArn'],
  ListTagsForCertificate: ['CertificateArn'],
};

export function serveAcm(call: Call, state: AcmState): Served {
  const operation = String(call.headers['x-amz-target']).replace('CertificateManager.', '');
  const input = JSON.parse(call.body.toString('utf8')) as Record<string, unknown>;
  const known = KNOWN[operation];
  if (known === undefined) throw new Fault('UnknownOperationException', operation);
  for (const name of Object.keys(input)) {
    if (!known.includes(name)) throw new Fault('ValidationException', `unknown parameter ${name}`);
  }
  const failure = state.failures?.[operation];
  if (failure !== undefined) throw failure;
  const resource = String(input['CertificateArn'] ?? '*');
  const action = `acm:${operation}`;
  if (operation === 'ListCertificates') return { action, resource, reply: json(list(input, state)) };
  const found = state.certificates.find(({ arn }) => arn === resource);
  if (found === undefined)
    throw new Fault('ResourceNotFoundException', `Could not find certificate ${resource}`);
  if (operation === 'DescribeCertificate')
    return { action, resource, reply: json({ Certificate: detail(found) }) };
  if (operation === 'ListTagsForCertificate') {
    const tags = Object.entries(found.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
    return { action, resource, reply: json({ Tags: tags }) };
  }
  if (found.leaf === '') throw new Fault('RequestInProgressException', `${resource} is not issued yet`);
  return { action, resource, reply: json({ Certificate: found.leaf, CertificateChain: found.chain }) };
}

/** What is hidden unless it is asked for. */
const DEFAULT_KEY_TYPES = ['RSA_1024', 'RSA_2048'];
const DEFAULT_ORIGINS = ['AWS_MANAGED', 'CUSTOMER_PROVIDED'];

function list(input: Record<string, unknown>, state: AcmState) {
  const { keyTypes = DEFAULT_KEY_TYPES } = (input['Includes'] ?? {}) as { keyTypes?: string[] };
  const origins = (input['CertificateKeyPairOrigins'] ?? DEFAULT_ORIGINS) as string[];
  const statuses = input['CertificateStatuses'] as string[] | undefined;
  const wanted = Number(input['MaxItems'] ?? 1_000);
  if (!(wanted >= 1 && wanted <= 1_000)) throw new Fault('ValidationException', `MaxItems ${wanted}`);
  const size = Math.min(wanted, state.pageSize ?? 1_000);
  const start = startOf(input['NextToken']);
  const page = start / size + 1;
  if (state.failPage?.page === page) throw state.failPage.fault;
  const visible = state.certificates.filter(
    ({ keyType = 'EC_prime256v1', origin = 'AWS_MANAGED', status = 'ISSUED' }) =>
      keyTypes.includes(keyType) &&
      origins.includes(origin) &&
      (statuses === undefined || statuses.includes(status)),
  );
  return {
    CertificateSummaryList: visible.slice(start, start + size).map(summary),
    ...(start + size < visible.length ? { NextToken: tokenOf(start + size) } : {}),
  };
}

/** Tokens are nobody's business: one that was not given out is refused. */
export function tokenOf(start: number): string {
  return Buffer.from(`page:${start}`).toString('base64');
}

export function startOf(token: unknown): number {
  if (token === undefined || token === null) return 0;
  const [, start] = /^page:(\d+)$/.exec(Buffer.from(String(token), 'base64').toString('utf8')) ?? [];
  if (start === undefined) throw new Fault('ValidationException', 'invalid NextToken');
  return Number(start);
}

const seconds = (date: Date | undefined) => (date === undefined ? undefined : date.getTime() / 1000);

function common(certificate: AcmCertificate) {
  const {
    arn,
    domain,
    status = 'ISSUED',
    type = 'AMAZON_ISSUED',
    keyType = 'EC_prime256v1',
    renews = true,
  } = certificate;
  return {
    CertificateArn: arn,
    DomainName: domain,
    Status: status,
    Type: type,
    KeyAlgorithm: keyType,
    NotBefore: seconds(certificate.notBefore),
    NotAfter: seconds(certificate.notAfter),
    RenewalEligibility: renews ? 'ELIGIBLE' : 'INELIGIBLE',
  };
}

function summary(certificate: AcmCertificate) {
  return { ...common(certificate), InUse: (certificate.usedBy ?? ['arn:aws:apigateway:test']).length > 0 };
}

function detail(certificate: AcmCertificate) {
  const { usedBy = ['arn:aws:apigateway:test'], renewal, failure, serial } = certificate;
  return {
    ...common(certificate),
    InUseBy: usedBy,
    Serial: serial,
    FailureReason: failure,
    ...(renewal === undefined
      ? {}
      : {
          RenewalSummary: {
            RenewalStatus: renewal.status,
            RenewalStatusReason: renewal.reason,
            DomainValidationOptions: [],
            UpdatedAt: 0,
          },
        }),
  };
}
