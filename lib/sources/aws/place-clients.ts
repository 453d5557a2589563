import { ACMClient, type ACMClientConfig } from '@aws-sdk/client-acm';
import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { AwsPlace } from '../../core/target.ts';
import { createPacer, type Pacer } from './pacer.ts';

/** The clients that listings need in one account and region. */
export interface PlaceClients {
  readonly place: AwsPlace;
  /** The role that is used there; absent in the own account. */
  readonly role?: string;
  readonly acm: ACMClient;
  readonly apiGateway: APIGatewayClient;
  readonly apiGatewayV2: ApiGatewayV2Client;
  readonly s3: S3Client;
  destroy(): void;
}

/** A read-only role in another account. */
export interface MemberRole {
  readonly account: string;
  /** Its name, without a path. */
  readonly role: string;
  readonly externalId?: string;
}

type Credentials = Exclude<ACMClientConfig['credentials'], undefined>;

/** API Gateway allows ten calls per second to everybody in the account together; a deployment must not wait for us. */
const API_GATEWAY_PER_SECOND = 2;
/** ACM allows ten descriptions per second. */
const ACM_PER_SECOND = 5;

/** `arn:aws:…`, `arn:aws-cn:…`, `arn:aws-us-gov:…`: by the beginning of a region's name. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  if (region.startsWith('eusc-')) return 'aws-eusc';
  return 'aws';
}

/**
 * Opens the clients of one place. Nothing is asked for yet: credentials are obtained with the first call.
 *
 * @param member The role to assume where the account is not that of the process.
 */
export function openPlace(place: AwsPlace, member?: MemberRole): PlaceClients {
  const { region } = place;
  const common = {
    region,
    maxAttempts: 5,
    retryMode: 'adaptive',
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 15_000, throwOnRequestTimeout: true },
    ...(member === undefined ? {} : { credentials: assumeRole(member, region) }),
  } as const;
  const acm = new ACMClient(common);
  const apiGateway = new APIGatewayClient(common);
  const apiGatewayV2 = new ApiGatewayV2Client(common);
  // A truststore may lie in another region than its domain.
  const s3 = new S3Client({ ...common, followRegionRedirects: true });
  const gatewayPacer = createPacer(API_GATEWAY_PER_SECOND);
  pace(acm, createPacer(ACM_PER_SECOND));
  pace(apiGateway, gatewayPacer);
  pace(apiGatewayV2, gatewayPacer);
  return {
    place,
    ...(member === undefined ? {} : { role: member.role }),
    acm,
    apiGateway,
    apiGatewayV2,
    s3,
    destroy() {
      for (const client of [acm, apiGateway, apiGatewayV2, s3]) client.destroy();
    },
  };
}

interface Paced {
  readonly middlewareStack: {
    add(
      middleware: (next: (args: never) => Promise<never>) => (args: never) => Promise<never>,
      options: { readonly step: 'finalizeRequest'; readonly priority: 'low'; readonly name: string },
    ): void;
  };
}

/** Behind the SDK's own retries, so that each attempt counts. */
function pace(client: unknown, pacer: Pacer): void {
  (client as Paced).middlewareStack.add(
    (next) => async (args) => {
      await pacer();
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'pace' },
  );
}

/** Credentials of a role, renewed by the SDK before they end. */
function assumeRole({ account, role, externalId }: MemberRole, region: string): Credentials {
  return async () => {
    // Where the process runs: a region that only the member has enabled knows nothing of these credentials, and what STS
    // gives here is good everywhere.
    const sts = new STSClient({ region: process.env['AWS_REGION'] ?? region, maxAttempts: 3 });
    try {
      const { Credentials: found } = await sts.send(
        new AssumeRoleCommand({
          RoleArn: `arn:${partitionOf(region)}:iam::${account}:role/${role}`,
          RoleSessionName: 'notafter',
          ...(externalId === undefined ? {} : { ExternalId: externalId }),
        }),
      );
      const {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
      } = found ?? {};
      if (accessKeyId === undefined || secretAccessKey === undefined) {
        throw new Error(`AssumeRole of ${role} in account ${account} gave no credentials`);
      }
      return {
        accessKeyId,
        secretAccessKey,
        ...(sessionToken === undefined ? {} : { sessionToken }),
        ...(found?.Expiration === undefined ? {} : { expiration: found.Expiration }),
      };
    } finally {
      sts.destroy();
    }
  };
}
