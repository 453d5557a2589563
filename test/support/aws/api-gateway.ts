import { startOf, tokenOf } from './acm.ts';
import { type Call, Fault, json, type Served } from './protocol.ts';

/** A custom domain, in the words of the first API. */
interface Domain {
  readonly domainName: string;
  readonly domainNameId?: string;
  readonly type: 'EDGE' | 'REGIONAL' | 'PRIVATE';
  /** Where it is served: `regionalDomainName` or `distributionDomainName`. */
  readonly host: string;
  readonly certificateArn: string;
  readonly ownershipArn?: string;
  readonly status?: string;
  readonly statusMessage?: string;
  readonly truststore?: {
    readonly uri: string;
    readonly version?: string;
    readonly warnings?: readonly string[];
  };
}

export interface ApiGatewayState {
  domains: Domain[];
  clientCertificates: { readonly id: string; readonly pem: string; readonly description?: string }[];
  failure?: Fault;
  pageSize?: number;
  /** When calls came in, in milliseconds: the control plane allows ten a second to everybody together. */
  readonly calls: number[];
}

const MOST = 500;

export function serveApiGateway(call: Call, state: ApiGatewayState): Served {
  const { url, region } = call;
  state.calls.push(performance.now());
  const action = 'apigateway:GET';
  const resource = `arn:aws:apigateway:${region}::${url.pathname.replace(/^\/v2/, '')}`;
  if (state.failure !== undefined) throw state.failure;
  switch (url.pathname) {
    case '/domainnames': {
      const { items, next } = page(
        state.domains,
        url.searchParams.get('limit'),
        25,
        url.searchParams.get('position'),
        state,
      );
      return {
        action,
        resource,
        reply: json({ item: items.map(v1), ...(next === undefined ? {} : { position: next }) }),
      };
    }
    case '/clientcertificates': {
      const { items, next } = page(
        state.clientCertificates,
        url.searchParams.get('limit'),
        25,
        url.searchParams.get('position'),
        state,
      );
      const item = items.map(({ id, pem, description }) => ({
        clientCertificateId: id,
        pemEncodedCertificate: pem,
        description,
        createdDate: 0,
        expirationDate: 0,
      }));
      return { action, resource, reply: json({ item, ...(next === undefined ? {} : { position: next }) }) };
    }
    case '/v2/domainnames': {
      // The second API knows nothing of edge-optimized and private domains.
      const regional = state.domains.filter(({ type }) => type === 'REGIONAL');
      const { items, next } = page(
        regional,
        url.searchParams.get('maxResults'),
        25,
        url.searchParams.get('nextToken'),
        state,
      );
      return {
        action,
        resource,
        reply: json({ items: items.map(v2), ...(next === undefined ? {} : { nextToken: next }) }),
      };
    }
    default:
      throw new Fault('NotFoundException', url.pathname, 404);
  }
}

function page<T>(
  all: readonly T[],
  limit: string | null,
  otherwise: number,
  token: string | null,
  state: ApiGatewayState,
) {
  const wanted = limit === null ? otherwise : Number(limit);
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > MOST)
    throw new Fault('BadRequestException', `limit ${limit}`);
  const size = Math.min(wanted, state.pageSize ?? MOST);
  const start = startOf(token ?? undefined);
  return {
    items: all.slice(start, start + size),
    next: start + size < all.length ? tokenOf(start + size) : undefined,
  };
}

function v1(domain: Domain) {
  const {
    domainName,
    domainNameId,
    type,
    host,
    certificateArn,
    ownershipArn,
    status,
    statusMessage,
    truststore,
  } = domain;
  const isRegional = type === 'REGIONAL';
  return {
    domainName,
    domainNameId,
    ...(isRegional
      ? { regionalDomainName: host, regionalCertificateArn: certificateArn }
      : { certificateArn }),
    ...(type === 'EDGE' ? { distributionDomainName: host } : {}),
    endpointConfiguration: { types: [type] },
    domainNameStatus: status ?? 'AVAILABLE',
    domainNameStatusMessage: statusMessage,
    ownershipVerificationCertificateArn: ownershipArn,
    ...(truststore === undefined
      ? {}
      : {
          mutualTlsAuthentication: {
            truststoreUri: truststore.uri,
            truststoreVersion: truststore.version,
            truststoreWarnings: truststore.warnings,
          },
        }),
  };
}

function v2({ domainName, host, certificateArn, status, truststore }: Domain) {
  return {
    domainName,
    domainNameConfigurations: [
      {
        apiGatewayDomainName: host,
        certificateArn,
        endpointType: 'REGIONAL',
        domainNameStatus: status ?? 'AVAILABLE',
      },
    ],
    ...(truststore === undefined
      ? {}
      : {
          mutualTlsAuthentication: { truststoreUri: truststore.uri, truststoreVersion: truststore.version },
        }),
  };
}
