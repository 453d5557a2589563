import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AcmState, serveAcm } from './acm.ts';
import { type ApiGatewayState, serveApiGateway } from './api-gateway.ts';
import { type PutEvent, serveEvents } from './events.ts';
import { type Call, escapeXml, Fault, type Recorded, type Reply, type Served, xml } from './protocol.ts';
import { type Bucket, s3Fault, serveS3 } from './s3.ts';
import { serveSecrets } from './secrets.ts';
import { serveSns, type Topic } from './sns.ts';

/** The account that an access key belongs to unless it was given another one. */
export const OWN_ACCOUNT = '111111111111';

/** A role that can be assumed. */
interface Role {
  readonly account: string;
  readonly externalId?: string;
}

/**
 * One server on loopback that speaks for the services of AWS that are used here, as strict as they are. DynamoDB and SQS
 * are passed on to servers of their own. Everything that is asked is recorded with who asked it.
 */
export interface StandIn {
  readonly url: string;
  readonly recorded: Recorded[];
  /** What ACM and API Gateway have in an account and region; made when it is asked for. */
  place(account: string, region: string): { readonly acm: AcmState; readonly apiGateway: ApiGatewayState };
  readonly buckets: Map<string, Bucket>;
  readonly topics: Map<string, Topic>;
  /** What was put on the default bus. */
  readonly events: PutEvent[];
  /** The code for an event that the bus does not take, by its detail. */
  refuseEvent?: (detail: string) => string | undefined;
  /** Value by name. */
  readonly secrets: Map<string, string>;
  /** By ARN. */
  readonly roles: Map<string, Role>;
  close(): Promise<void>;
}

/** @param behind Base URLs of the servers for `dynamodb` and `sqs`. */
export async function startStandIn(
  behind: Readonly<Partial<Record<'dynamodb' | 'sqs', string>>> = {},
): Promise<StandIn> {
  const recorded: Recorded[] = [];
  const places = new Map<string, { acm: AcmState; apiGateway: ApiGatewayState }>();
  const buckets = new Map<string, Bucket>();
  const topics = new Map<string, Topic>();
  const events: PutEvent[] = [];
  const secrets = new Map<string, string>();
  const roles = new Map<string, Role>();
  const accountOf = new Map<string, string>();
  const place = (account: string, region: string) => {
    const key = `${account}/${region}`;
    const found = places.get(key) ?? {
      acm: { certificates: [] },
      apiGateway: { domains: [], clientCertificates: [], calls: [] },
    };
    places.set(key, found);
    return found;
  };

  const serve = (service: string, call: Call): Served => {
    const here = () => place(call.account, call.region);
    switch (service) {
      case 'acm':
        return serveAcm(call, here().acm);
      case 'apigateway':
        return serveApiGateway(call, here().apiGateway);
      case 's3':
        return serveS3(call, buckets);
      case 'sns':
        return serveSns(call, topics);
      case 'events':
        return serveEvents(call, events, (detail) => standIn.refuseEvent?.(detail));
      case 'secretsmanager':
        return serveSecrets(call, secrets);
      case 'sts':
        return securityTokens(call, roles, accountOf);
      default:
        throw new Fault('UnknownService', service, 404);
    }
  };

  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const scope = /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(incoming.headers.authorization ?? '');
    const [, accessKey = '', region = '', service = ''] = scope ?? [];
    const url = new URL(incoming.url ?? '/', 'http://stand-in');
    const call: Call = {
      method: incoming.method ?? 'GET',
      url,
      headers: incoming.headers,
      body,
      accessKey,
      account: accountOf.get(accessKey) ?? OWN_ACCOUNT,
      region,
    };
    if (service === 'dynamodb' || service === 'sqs') {
      recorded.push(...recordedBehind(service, call));
      const target = new URL(behind[service] ?? 'http://127.0.0.1:9');
      const { host: _, ...headers } = incoming.headers;
      const passed = request(
        { host: target.hostname, port: target.port, path: incoming.url, method: call.method, headers },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      passed.on('error', () => outgoing.writeHead(502).end());
      passed.end(body);
      return;
    }
    let reply: Reply;
    try {
      const served = serve(service, call);
      recorded.push({ accessKey, action: served.action, resource: served.resource });
      reply = served.reply;
    } catch (error) {
      reply = faultReply(service, error);
    }
    outgoing.writeHead(reply.status, reply.headers).end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const standIn: StandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    recorded,
    place,
    buckets,
    topics,
    events,
    secrets,
    roles,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return standIn;
}

function faultReply(service: string, error: unknown): Reply {
  const fault = error instanceof Fault ? error : new Fault('InternalFailure', String(error), 500);
  const { code, message, status } = fault;
  if (service === 's3') return s3Fault(fault);
  if (service === 'sns' || service === 'sts') {
    return {
      status,
      headers: { 'content-type': 'text/xml' },
      body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error></ErrorResponse>`,
    };
  }
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': code },
    body: JSON.stringify({ __type: code, message }),
  };
}

function securityTokens(
  call: Call,
  roles: ReadonlyMap<string, Role>,
  accountOf: Map<string, string>,
): Served {
  const action = new URLSearchParams(call.body.toString('utf8')).get('Action');
  if (action !== 'GetCallerIdentity') return assumeRole(call, roles, accountOf);
  return {
    action: 'sts:GetCallerIdentity',
    resource: '*',
    reply: xml(
      `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::${call.account}:user/test</Arn><UserId>x</UserId><Account>${call.account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
    ),
  };
}

function assumeRole(
  { body, accessKey }: Call,
  roles: ReadonlyMap<string, Role>,
  accountOf: Map<string, string>,
): Served {
  const form = new URLSearchParams(body.toString('utf8'));
  const arn = form.get('RoleArn') ?? '';
  const role = roles.get(arn);
  if (role === undefined || (role.externalId !== undefined && role.externalId !== form.get('ExternalId'))) {
    throw new Fault(
      'AccessDenied',
      `${accessKey} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
      403,
    );
  }
  // Who asks remains to be seen in what is asked with these.
  const key = `${accessKey}@${role.account}`;
  accountOf.set(key, role.account);
  const expiration = new Date(Date.now() + 3_600_000).toISOString();
  return {
    action: 'sts:AssumeRole',
    resource: arn,
    reply: xml(
      `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>${key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${expiration}</Expiration></Credentials><AssumedRoleUser><Arn>${arn}</Arn><AssumedRoleId>x</AssumedRoleId></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>`,
    ),
  };
}

/** What a call to DynamoDB or SQS is for: by the target header, the table or index, and the queue. */
function recordedBehind(service: 'dynamodb' | 'sqs', { headers, body, accessKey, region }: Call): Recorded[] {
  const action = `${service}:${String(headers['x-amz-target']).split('.').at(-1)}`;
  const input = JSON.parse(body.toString('utf8') || '{}') as {
    TableName?: string;
    IndexName?: string;
    RequestItems?: object;
    QueueUrl?: string;
  };
  if (service === 'sqs') {
    const name = input.QueueUrl?.split('/').at(-1) ?? '*';
    // IAM knows batches by the name of the single action.
    return [
      {
        accessKey,
        action: action.replace(/Batch$/, ''),
        resource: `arn:aws:sqs:${region}:000000000000:${name}`,
      },
    ];
  }
  const tables = input.TableName === undefined ? Object.keys(input.RequestItems ?? {}) : [input.TableName];
  const index = input.IndexName === undefined ? '' : `/index/${input.IndexName}`;
  return tables.map((table) => ({
    accessKey,
    action,
    resource: `arn:aws:dynamodb:${region}:${OWN_ACCOUNT}:table/${table}${index}`,
  }));
}
