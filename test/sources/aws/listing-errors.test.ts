import { ACMClient, DescribeCertificateCommand, ListCertificatesCommand } from '@aws-sdk/client-acm';
import {
  APIGatewayClient,
  GetClientCertificatesCommand,
  GetDomainNamesCommand,
} from '@aws-sdk/client-api-gateway';
import { ApiGatewayV2Client, GetDomainNamesCommand as GetDomainNamesV2 } from '@aws-sdk/client-apigatewayv2';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listAcm } from '../../../lib/sources/aws/acm.ts';
import { listApiGateway } from '../../../lib/sources/aws/apigateway.ts';
import { failureOf } from '../../../lib/sources/aws/failure.ts';
import type { Listed, Listing, ListingEnd } from '../../../lib/sources/aws/listing.ts';
import { createPacer } from '../../../lib/sources/aws/pacer.ts';
import { openPlace, type PlaceClients, partitionOf } from '../../../lib/sources/aws/place-clients.ts';

const place = { account: '111111111111', region: 'eu-west-1' };
const now = () => new Date();
const error = (name: string, message = name, $metadata = {}) =>
  Object.assign(new Error(message), { name, $metadata });

async function run(listing: Listing): Promise<{ items: Listed[]; end: ListingEnd }> {
  const items: Listed[] = [];
  for (;;) {
    const next = await listing.next();
    if (next.done === true) return { items, end: next.value };
    items.push(next.value);
  }
}

describe('a listing that meets errors', () => {
  const acm = mockClient(ACMClient);
  const v1 = mockClient(APIGatewayClient);
  const v2 = mockClient(ApiGatewayV2Client);
  const s3 = mockClient(S3Client);
  let clients: PlaceClients;
  beforeEach(() => {
    for (const mock of [acm, v1, v2, s3]) mock.reset();
    clients = openPlace(place);
    v1.on(GetDomainNamesCommand).resolves({ items: [] });
    v1.on(GetClientCertificatesCommand).resolves({ items: [] });
    v2.on(GetDomainNamesV2).resolves({ Items: [] });
  });
  afterEach(() => {
    clients.destroy();
  });
  const summary = (name: string) => ({
    CertificateArn: `arn:aws:acm:eu-west-1:111111111111:certificate/${name}`,
    DomainName: 'api.test',
    Status: 'PENDING_VALIDATION' as const,
  });

  it('keeps half of the pages, and is not complete', async () => {
    acm
      .on(ListCertificatesCommand)
      .resolvesOnce({ CertificateSummaryList: [summary('1')], NextToken: 'more' })
      .rejects(error('ThrottlingException', 'Rate exceeded'));
    acm.on(DescribeCertificateCommand).resolves({ Certificate: { Status: 'PENDING_VALIDATION' } });
    const { items, end } = await run(listAcm(clients, { now, known: async () => undefined }));
    expect(items.map(({ target }) => target.id)).toEqual(['acm:111111111111/eu-west-1/1']);
    expect(end).toMatchObject({ complete: false, failure: { reason: 'throttled', detail: 'Rate exceeded' } });
  });

  it('goes on past a certificate that may not be described, and says so', async () => {
    acm.on(ListCertificatesCommand).resolves({ CertificateSummaryList: [summary('1'), summary('2')] });
    acm
      .on(DescribeCertificateCommand)
      .rejectsOnce(error('AccessDeniedException', 'not authorized to perform: acm:DescribeCertificate'))
      .resolves({ Certificate: { Status: 'PENDING_VALIDATION' } });
    const { items, end } = await run(listAcm(clients, { now, known: async () => undefined }));
    expect(items.map(({ observation }) => observation?.failure?.reason)).toEqual([
      'access_denied',
      undefined,
    ]);
    expect(end).toMatchObject({
      complete: true,
      blind: [{ what: expect.stringContaining('certificate/1') }],
    });
  });

  it('is denied as a whole', async () => {
    v1.on(GetDomainNamesCommand).rejects(
      error('AccessDeniedException', 'not authorized to perform: apigateway:GET'),
    );
    const { items, end } = await run(listApiGateway(clients, { now, probeDomains: true }));
    expect(items).toEqual([]);
    expect(end).toMatchObject({ complete: false, failure: { reason: 'access_denied' } });
  });

  it.each([
    ['NoSuchKey', 'object_not_found', 'arn:aws:s3:::trust/ca.pem: NoSuchKey'],
    ['NoSuchVersion', 'object_not_found', 'arn:aws:s3:::trust/ca.pem has no version v1 any more'],
    [
      'AccessDenied',
      'object_missing_or_denied',
      'allow s3:GetObjectVersion on arn:aws:s3:::trust/ca.pem, and s3:ListBucket on its bucket',
    ],
  ])('tells %s of a truststore', async (name, reason, detail) => {
    v1.on(GetDomainNamesCommand).resolves({
      items: [
        {
          domainName: 'api.test',
          endpointConfiguration: { types: ['REGIONAL'] },
          mutualTlsAuthentication: { truststoreUri: 's3://trust/ca.pem', truststoreVersion: 'v1' },
        },
      ],
    });
    s3.on(GetObjectCommand).rejects(
      error(name, name, { httpStatusCode: name === 'AccessDenied' ? 403 : 404 }),
    );
    const { items, end } = await run(listApiGateway(clients, { now, probeDomains: true }));
    expect(items.find(({ target }) => target.kind === 'truststore')?.observation?.failure).toEqual({
      reason,
      detail,
    });
    expect(end).toMatchObject({ complete: true, blind: [{ what: 's3://trust/ca.pem' }] });
  });

  it('knows a domain of both APIs once, an edge one by its distribution, and a private one only in its network', async () => {
    v1.on(GetDomainNamesCommand).resolves({
      items: [
        {
          domainName: 'api.test',
          regionalDomainName: 'd-1.test',
          endpointConfiguration: { types: ['REGIONAL'] },
        },
        {
          domainName: '*.edge.test',
          distributionDomainName: 'd-2.test',
          certificateArn: 'arn:aws:acm:us-east-1:111111111111:certificate/edge',
          endpointConfiguration: { types: ['EDGE'] },
        },
        { domainName: 'private.test', domainNameId: 'p1', endpointConfiguration: { types: ['PRIVATE'] } },
      ],
    });
    v2.on(GetDomainNamesV2).resolves({
      Items: [{ DomainName: 'api.test', ApiMappingSelectionExpression: '' }],
    });
    const endpoints = async (privateDomains?: string) => {
      const options = {
        now,
        probeDomains: true,
        ...(privateDomains === undefined ? {} : { privateDomains }),
      };
      const { items } = await run(listApiGateway(clients, options));
      return items.flatMap(({ target }) => (target.kind === 'endpoint' ? [target] : []));
    };
    expect(await endpoints()).toMatchObject([
      { id: 'endpoint:d-1.test:443#api.test' },
      { id: 'endpoint:d-2.test:443#notafter-probe.edge.test', serves: 'acm:111111111111/us-east-1/edge' },
    ]);
    expect((await endpoints('internal')).at(-1)).toMatchObject({
      id: 'endpoint:private.test:443',
      network: 'internal',
    });
  });
});

describe('an error of AWS', () => {
  it.each([
    [error('TooManyRequestsException'), 'throttled'],
    [
      error('UnrecognizedClientException', 'The security token is invalid', { httpStatusCode: 403 }),
      'region_unreachable',
    ],
    [Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), 'region_unreachable'],
    [error('TimeoutError'), 'region_unreachable'],
    [error('InternalFailure'), 'listing_failed'],
    ['not even an error', 'listing_failed'],
  ])('%s has a reason', (thrown, reason) => {
    expect(failureOf(thrown).reason).toBe(reason);
  });
});

describe('calls to a control plane', () => {
  it('are let through one by one', async () => {
    const pacer = createPacer(100);
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: 6 }, () => pacer()));
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(45);
  });

  it('go to the partition of their region', () => {
    expect(['eu-west-1', 'cn-north-1', 'us-gov-west-1'].map(partitionOf)).toEqual([
      'aws',
      'aws-cn',
      'aws-us-gov',
    ]);
  });
});
