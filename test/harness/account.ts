import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { synthesize } from '../infra/synth.ts';
import { OWN_ACCOUNT } from '../support/aws/stand-in.ts';
import type { Issued } from '../support/pki.ts';
import { mint } from '../support/pki.ts';
import { serveTls, type TlsTestServer } from '../support/tls-servers.ts';
import { type Deployment, deploy } from './deployment.ts';

const DAY = 86_400_000;

/** An account with an API behind mutual TLS, and the monitor deployed into it. */
export interface Account {
  readonly deployment: Deployment;
  readonly root: Issued;
  /** The certificate of api.example.com, in ACM and served. */
  readonly leaf: Issued;
  readonly api: TlsTestServer;
  /** An endpoint outside of AWS, which the configuration names. */
  readonly legacy: TlsTestServer;
  /** Every digest that the topic took since the last call, as `title: line, …`. */
  heard(): readonly string[];
  /** The texts that a subscribed queue was given, from the first on. */
  texts(): readonly string[];
  /** What the webhook was posted, from the first on. */
  readonly posted: readonly { readonly signature: string; readonly body: string }[];
  /** Every probe cadence, then two pulses of evaluation. */
  probeRound(): Promise<void>;
  /** Listings, probes and evaluation, until nothing moves any more. */
  round(): Promise<void>;
  pass(ms: number): void;
  close(): Promise<void>;
}

const ARN = `arn:aws:acm:eu-west-1:${OWN_ACCOUNT}:certificate/api`;
export const WEBHOOK_KEY = 'a key of thirty-two characters..';
export const DOMAIN_HOST = '127.0.0.2';

const CONFIG = `
alerts:
  email: [api-team@example.com]
  sms: ["+15551234567"]
  remindEvery: never
# Everything is on this machine here, which the egress guard refuses unless it is named.
allow: [127.0.0.0/8]
aws:
  regions: [eu-west-1]
  truststores: [my-truststores/prod]
ownership:
  - { owner: platform, tags: { team: platform } }
webhook: { secret: notafter/webhook }
targets: ["127.0.0.3:443"]
`;

export async function openAccount(config = CONFIG): Promise<Account> {
  const root = await mint({ subject: 'CN=Test Root', ca: true, days: 3_650 });
  const leaf = await mint({
    subject: 'CN=api.example.com',
    issuer: root,
    names: ['api.example.com'],
    days: 120,
  });
  const old = await mint({
    subject: 'CN=127.0.0.3',
    issuer: root,
    names: ['127.0.0.3'],
    notBefore: new Date(Date.now() - 87 * DAY),
    days: 3,
  });
  const partner = await mint({
    subject: 'CN=Partner CA',
    ca: true,
    notBefore: new Date(Date.now() - 3_630 * DAY),
    days: 20,
  });
  const newer = await mint({ subject: 'CN=Partner CA 2', ca: true, days: 3_000 });
  const api = await serveTls([leaf, root], {}, { address: DOMAIN_HOST });
  const legacy = await serveTls([old, root], {}, { address: '127.0.0.3' });
  const deployment = await deploy(synthesize(config));
  const { aws, world } = deployment;
  world.ports = { [DOMAIN_HOST]: api.port, '127.0.0.3': legacy.port };
  aws.place(OWN_ACCOUNT, 'eu-west-1').acm.certificates.push(acmCertificate(leaf));
  aws.place(OWN_ACCOUNT, 'eu-west-1').apiGateway.domains.push({
    domainName: 'api.example.com',
    type: 'REGIONAL',
    host: DOMAIN_HOST,
    certificateArn: ARN,
    truststore: { uri: 's3://my-truststores/prod/ca.pem', version: 'v1' },
  });
  aws.buckets.set('my-truststores', {
    objects: new Map([
      [
        'prod/ca.pem',
        [
          { version: 'v1', body: Buffer.from(partner.pem) },
          { version: 'v2', body: Buffer.from(`${partner.pem}${newer.pem}`) },
        ],
      ],
    ]),
  });
  const posted: { signature: string; body: string }[] = [];
  const receiver = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    posted.push({ signature: String(request.headers['notafter-signature']), body });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  aws.secrets.set('notafter/webhook', JSON.stringify({ url, key: WEBHOOK_KEY }));
  const topic = aws.topics.get(deployment.topic);
  topic?.subscriptions.push({ protocol: 'sqs', endpoint: 'listener', confirmed: true });
  const pulse = async () => {
    // What is new asks for attention, which makes runs, which end, which is told.
    for (let beat = 0; beat < 2; beat += 1) {
      await deployment.schedule(({ task }) => task === 'evaluate');
      world.shiftMs += 1_000;
    }
  };
  let told = 0;
  return {
    deployment,
    posted,
    root,
    leaf,
    api,
    legacy,
    heard() {
      const published = topic?.published ?? [];
      const fresh = published.slice(told);
      told = published.length;
      return fresh.map(
        ({ subject = '', attributes }) => `${subject} [${attributes['owner']} ${attributes['rung']}]`,
      );
    },
    async round() {
      await deployment.schedule(({ task }) => task === 'collect');
      await pulse();
    },
    async probeRound() {
      await deployment.schedule(({ task }) => task === 'probe');
      await pulse();
    },
    texts() {
      const delivered = (topic?.published ?? []).flatMap((each) => each.delivered);
      return delivered.filter(({ endpoint }) => endpoint === 'listener').map(({ text }) => text);
    },
    pass(ms) {
      world.shiftMs += ms;
    },
    async close() {
      receiver.closeAllConnections();
      receiver.close();
      await deployment.close();
      await Promise.all([api.close(), legacy.close()]);
    },
  };
}

/** As ACM would describe it, in use and well. */
export function acmCertificate(issued: Issued) {
  const { validFromDate, validToDate, serialNumber } = issued.x509;
  return {
    arn: ARN,
    domain: 'api.example.com',
    tags: { team: 'platform', other: 'kept by nobody' },
    leaf: issued.pem,
    serial: serialNumber.toLowerCase(),
    notBefore: validFromDate,
    notAfter: validToDate,
  };
}
