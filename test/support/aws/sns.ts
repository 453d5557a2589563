import { type Call, escapeXml, Fault, type Served, xml } from './protocol.ts';

interface Subscription {
  readonly protocol: string;
  readonly endpoint: string;
  /** Attribute name to the values that pass. */
  readonly filter?: Readonly<Record<string, readonly string[]>>;
  /** Mail and text messages wait for their owner. */
  confirmed: boolean;
}

export interface Topic {
  readonly arn: string;
  readonly subscriptions: Subscription[];
  /** What was published, and who got which text of it. */
  readonly published: Published[];
}

interface Published {
  readonly subject: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly delivered: { readonly protocol: string; readonly endpoint: string; readonly text: string }[];
}

const MOST_BYTES = 256 * 1024;
const PROTOCOLS = new Set([
  'default',
  'email',
  'email-json',
  'sms',
  'sqs',
  'lambda',
  'http',
  'https',
  'application',
]);

export function serveSns(call: Call, topics: ReadonlyMap<string, Topic>): Served {
  const form = new URLSearchParams(call.body.toString('utf8'));
  const operation = form.get('Action') ?? '';
  const arn = form.get('TopicArn') ?? '';
  const served = (result: string): Served => ({
    action: `sns:${operation}`,
    resource: arn,
    reply: xml(
      `<${operation}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><${operation}Result>${result}</${operation}Result><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></${operation}Response>`,
    ),
  });
  if (operation === 'GetSubscriptionAttributes') {
    const [, owner = '', index] = /^(.*):(\d+)$/.exec(form.get('SubscriptionArn') ?? '') ?? [];
    const filter = topics.get(owner)?.subscriptions[Number(index)]?.filter;
    if (topics.get(owner)?.subscriptions[Number(index)] === undefined)
      throw new Fault('NotFound', 'Subscription does not exist', 404);
    const policy =
      filter === undefined
        ? ''
        : `<entry><key>FilterPolicy</key><value>${escapeXml(JSON.stringify(filter))}</value></entry>`;
    return served(`<Attributes>${policy}</Attributes>`);
  }
  const topic = topics.get(arn);
  if (topic === undefined) throw new Fault('NotFound', 'Topic does not exist', 404);
  switch (operation) {
    case 'Publish':
      topic.published.push(publish(form, topic));
      return served('<MessageId>00000000-0000-0000-0000-000000000000</MessageId>');
    case 'ListSubscriptionsByTopic': {
      const members = topic.subscriptions.map(
        ({ protocol, endpoint, confirmed }, index) =>
          `<member><TopicArn>${arn}</TopicArn><Protocol>${protocol}</Protocol><Endpoint>${escapeXml(endpoint)}</Endpoint><Owner>1</Owner><SubscriptionArn>${confirmed ? `${arn}:${index}` : 'PendingConfirmation'}</SubscriptionArn></member>`,
      );
      return served(`<Subscriptions>${members.join('')}</Subscriptions>`);
    }
    default:
      throw new Fault('InvalidAction', operation);
  }
}

function publish(form: URLSearchParams, topic: Topic): Published {
  const message = form.get('Message') ?? '';
  const subject = form.get('Subject') ?? undefined;
  const attributes = attributesOf(form);
  const bytes = Buffer.byteLength(message + Object.entries(attributes).flat().join(''));
  if (message === '') invalid('Empty message');
  if (bytes > MOST_BYTES) invalid('Message too long');
  if (subject !== undefined && (subject === '' || subject.length >= 100 || /\p{Cc}/u.test(subject))) {
    invalid('Invalid parameter: Subject');
  }
  const texts = form.get('MessageStructure') === 'json' ? structureOf(message) : { default: message };
  const delivered = topic.subscriptions
    .filter(({ confirmed, filter = {} }) => confirmed && passes(filter, attributes))
    .map(({ protocol, endpoint }) => ({
      protocol,
      endpoint,
      text: texts[protocol] ?? texts['default'] ?? '',
    }));
  return { subject, attributes, delivered };
}

/** A JSON object with a text for `default`; a key twice, or anything that does not parse, refuses all of it. */
function structureOf(message: string): Record<string, string> {
  let value: Record<string, unknown> | undefined;
  try {
    value = JSON.parse(message) as Record<string, unknown>;
  } catch {
    invalid('Message Structure - JSON message body failed to parse');
  }
  if (typeof value?.['default'] !== 'string')
    invalid('Message Structure - No default entry in JSON message body');
  for (const key of PROTOCOLS) {
    if (message.split(`"${key}":`).length > 2 && Object.hasOwn(value ?? {}, key) && twice(message, key))
      invalid('duplicate key');
  }
  return Object.fromEntries(
    Object.entries(value ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function twice(message: string, key: string): boolean {
  let seen = 0;
  JSON.parse(message, function (this: object, name, value: unknown) {
    if (name === key) seen += 1;
    return value;
  });
  return seen > 1;
}

function attributesOf(form: URLSearchParams): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (let index = 1; form.has(`MessageAttributes.entry.${index}.Name`); index += 1) {
    const at = `MessageAttributes.entry.${index}`;
    const value = form.get(`${at}.Value.StringValue`);
    const type = form.get(`${at}.Value.DataType`);
    const isArray = type === 'String.Array' && Array.isArray(JSON.parse(value ?? 'null'));
    if ((type !== 'String' && !isArray) || value === null || value === '') {
      invalid('The message attribute must contain a non-empty value');
    }
    attributes[form.get(`${at}.Name`) ?? ''] = value ?? '';
  }
  return attributes;
}

function passes(
  filter: Readonly<Record<string, readonly string[]>>,
  attributes: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(filter).every(([name, wanted]) => {
    const value = attributes[name] ?? '\0';
    // One of an array is enough.
    const values = name === 'owner' && value.startsWith('[') ? (JSON.parse(value) as string[]) : [value];
    return values.some((each) => wanted.includes(each));
  });
}

function invalid(message: string): never {
  throw new Fault('InvalidParameter', message);
}
