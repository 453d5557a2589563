import {
  type DomainName,
  GetClientCertificatesCommand,
  GetDomainNamesCommand,
} from '@aws-sdk/client-api-gateway';
import {
  type DomainName as DomainNameV2,
  GetDomainNamesCommand as GetDomainNamesV2,
} from '@aws-sdk/client-apigatewayv2';
import type { ClientCertificateObservation, DomainObservation } from '../../core/observation.ts';
import type { BlindSpot } from '../../core/run.ts';
import {
  type AwsPlace,
  type AwsTarget,
  awsTargetId,
  type EndpointTarget,
  endpointTargetId,
  loadedTruststoreId,
} from '../../core/target.ts';
import { readBundle } from '../../x509/bundle.ts';
import { acmTargetId } from './acm-target.ts';
import { failureOf } from './failure.ts';
import type { Listed, Listing } from './listing.ts';
import { type PlaceClients, partitionOf } from './place-clients.ts';
import { readTruststore, type TruststoreUse, truststoreTarget } from './truststore.ts';

export interface ApiGatewayOptions {
  readonly now: () => Date;
  /** Custom domains become endpoint targets. */
  readonly probeDomains: boolean;
  /** The network that private custom domains are probed from; without one they are not probed. */
  readonly privateDomains?: string;
}

/** A custom domain, whichever API told of it. */
interface Domain {
  readonly name: string;
  /** Unique within the place. */
  readonly key: string;
  readonly arn: string;
  /** Where its server answers. */
  readonly host: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly facts: Omit<DomainObservation, 'kind' | 'observedAt' | 'certificates'>;
}

/** The largest page that API Gateway gives. */
const PAGE = 500;

/** Custom domains, their truststores, the endpoints behind them, and the client certificates for backends. */
export async function* listApiGateway(clients: PlaceClients, options: ApiGatewayOptions): Listing {
  const { place, s3 } = clients;
  const { now } = options;
  const blind: BlindSpot[] = [];
  try {
    const domains = await listDomains(clients);
    const uses = new Map<string, { domain: string; version: string | null }[]>();
    for (const domain of domains) {
      yield { target: domainTarget(domain, place), observation: observationOf(domain, now()) };
      const endpoint = endpointOf(domain, place, options);
      if (endpoint !== undefined) yield { target: endpoint, observation: null };
      const { truststore } = domain.facts;
      if (truststore === null) continue;
      const users = uses.get(truststore.uri) ?? [];
      users.push({ domain: domain.name, version: truststore.version });
      uses.set(truststore.uri, users);
    }
    for (const [uri, users] of uses) {
      const use: TruststoreUse = { uri, users };
      const observation = await readTruststore(s3, use, now());
      const { failure } = observation;
      if (failure !== undefined) blind.push({ what: uri, failure, remedy: truststoreRemedy(uri, clients) });
      yield { target: truststoreTarget(uri, place), observation };
    }
    yield* listClientCertificates(clients, options);
  } catch (error) {
    return { complete: false, failure: failureOf(error), blind };
  }
  return { complete: true, blind };
}

/** It is read as whoever lists the domain: the own account's bucket takes a line of configuration, a member's its template. */
function truststoreRemedy(uri: string, { role, place }: PlaceClients): string {
  const [bucket = ''] = uri.replace(/^s3:\/\//, '').split('/');
  if (role !== undefined) {
    return `deploy templates/member-account.yaml in account ${place.account} again, with TruststoreBucket=${bucket}: the role ${role} reads it`;
  }
  return `aws: { truststores: [${uri.replace(/^s3:\/\//, '')}] } in notafter.config.yaml (a bucket of another account needs a bucket policy as well)`;
}

async function listDomains({ apiGateway, apiGatewayV2, place }: PlaceClients): Promise<readonly Domain[]> {
  const domains = new Map<string, Domain>();
  let position: string | undefined;
  do {
    // The first API knows them all: edge-optimized, regional and private, whatever protocol they are for.
    const page = await apiGateway.send(new GetDomainNamesCommand({ limit: PAGE, position }));
    for (const item of page.items ?? []) {
      const domain = domainOf(item, place);
      if (domain !== undefined) domains.set(domain.key, domain);
    }
    position = page.position;
  } while (position !== undefined);
  let token: string | undefined;
  do {
    const page = await apiGatewayV2.send(
      new GetDomainNamesV2({ MaxResults: String(PAGE), NextToken: token }),
    );
    for (const item of page.Items ?? []) {
      const domain = domainOfV2(item, place);
      if (domain !== undefined && !domains.has(domain.key)) domains.set(domain.key, domain);
    }
    token = page.NextToken;
  } while (token !== undefined);
  return [...domains.values()];
}

function domainOf(item: DomainName, place: AwsPlace): Domain | undefined {
  const { domainName: name, domainNameId: id, mutualTlsAuthentication: mtls } = item;
  if (name === undefined) return undefined;
  const endpointType = item.endpointConfiguration?.types?.[0] ?? 'REGIONAL';
  return {
    name,
    key: id === undefined ? name : `${name}+${id}`,
    arn: item.domainNameArn ?? domainArn(name, place),
    host: endpointType === 'EDGE' ? item.distributionDomainName : item.regionalDomainName,
    tags: item.tags ?? {},
    facts: {
      endpointType,
      status: item.domainNameStatus ?? null,
      statusMessage: item.domainNameStatusMessage ?? null,
      certificateArn: item.regionalCertificateArn ?? item.certificateArn ?? null,
      ownershipArn: item.ownershipVerificationCertificateArn ?? null,
      truststore: truststoreOf(mtls?.truststoreUri, mtls?.truststoreVersion),
      truststoreWarnings: mtls?.truststoreWarnings ?? [],
    },
  };
}

function domainOfV2(item: DomainNameV2, place: AwsPlace): Domain | undefined {
  const {
    DomainName: name,
    MutualTlsAuthentication: mtls,
    DomainNameConfigurations: [configuration] = [],
  } = item;
  if (name === undefined) return undefined;
  return {
    name,
    key: name,
    arn: item.DomainNameArn ?? domainArn(name, place),
    host: configuration?.ApiGatewayDomainName,
    tags: item.Tags ?? {},
    facts: {
      endpointType: configuration?.EndpointType ?? 'REGIONAL',
      status: configuration?.DomainNameStatus ?? null,
      statusMessage: configuration?.DomainNameStatusMessage ?? null,
      certificateArn: configuration?.CertificateArn ?? null,
      ownershipArn: configuration?.OwnershipVerificationCertificateArn ?? null,
      truststore: truststoreOf(mtls?.TruststoreUri, mtls?.TruststoreVersion),
      truststoreWarnings: mtls?.TruststoreWarnings ?? [],
    },
  };
}

function truststoreOf(uri: string | undefined, version: string | undefined) {
  return uri === undefined ? null : { uri, version: version ?? null };
}

function domainArn(name: string, { region }: AwsPlace): string {
  return `arn:${partitionOf(region)}:apigateway:${region}::/domainnames/${name}`;
}

function domainTarget({ name, key, arn, tags }: Domain, place: AwsPlace): AwsTarget {
  return { kind: 'domain', id: awsTargetId('domain', place, key), place, arn, name, owner: null, tags };
}

function observationOf({ facts }: Domain, observedAt: Date): DomainObservation {
  return { kind: 'domain', observedAt, certificates: [], ...facts };
}

/**
 * A domain is one endpoint per account and region: the server's own name is connected to, the custom name is asked for.
 * By the custom name alone it would be left to DNS which of two active regions is looked at.
 */
function endpointOf(
  { name, host, tags, facts }: Domain,
  place: AwsPlace,
  { probeDomains, privateDomains }: ApiGatewayOptions,
): EndpointTarget | undefined {
  const isPrivate = facts.endpointType === 'PRIVATE';
  const where = isPrivate ? name : host;
  if (!probeDomains || where === undefined || (isPrivate && privateDomains === undefined)) return undefined;
  // A wildcard is no name to ask for: any label will do.
  const sample = (text: string) => text.toLowerCase().replace(/^\*\./, 'notafter-probe.').replace(/\.$/, '');
  const endpoint = { host: sample(where), port: 443, serverName: sample(name) };
  return {
    kind: 'endpoint',
    id: endpointTargetId(endpoint),
    endpoint,
    owner: null,
    tags,
    ...(isPrivate && privateDomains !== undefined ? { network: privateDomains } : {}),
    ...(facts.certificateArn === null ? {} : { serves: acmTargetId(facts.certificateArn, place) }),
    ...(facts.truststore === null ? {} : { truststore: loadedTruststoreId(facts.truststore.uri, place) }),
  };
}

async function* listClientCertificates(
  { apiGateway, place }: PlaceClients,
  { now }: ApiGatewayOptions,
): AsyncGenerator<Listed, void, void> {
  let position: string | undefined;
  do {
    const page = await apiGateway.send(new GetClientCertificatesCommand({ limit: PAGE, position }));
    for (const item of page.items ?? []) {
      const { clientCertificateId: id, description, pemEncodedCertificate: pem, tags = {} } = item;
      if (id === undefined) continue;
      const arn = `arn:${partitionOf(place.region)}:apigateway:${place.region}::/clientcertificates/${id}`;
      const observation: ClientCertificateObservation = {
        kind: 'client-certificate',
        observedAt: now(),
        certificates: readBundle(Buffer.from(pem ?? '')).certificates,
        description: description ?? null,
      };
      const target: AwsTarget = {
        kind: 'client-certificate',
        id: awsTargetId('client-certificate', place, id),
        place,
        arn,
        name: id,
        owner: null,
        tags,
      };
      yield { target, observation };
    }
    position = page.position;
  } while (position !== undefined);
}
