import { type Call, Fault, json, type Served } from './protocol.ts';

/** An event as a rule would get it. */
export interface PutEvent {
  readonly source: string;
  readonly detailType: string;
  readonly detail: Record<string, unknown>;
  readonly time: number;
}

const ENTRY = ['Time', 'Source', 'Resources', 'DetailType', 'Detail', 'EventBusName', 'TraceHeader'];

/**
 * PutEvents, with the limits of its reference.
 *
 * @param refuse The code for an entry that is not taken.
 */
export function serveEvents(
  call: Call,
  taken: PutEvent[],
  refuse: (detail: string) => string | undefined,
): Served {
  const operation = String(call.headers['x-amz-target']).replace('AWSEvents.', '');
  if (operation !== 'PutEvents') throw new Fault('UnknownOperationException', operation);
  const { Entries: entries = [], ...others } = JSON.parse(call.body.toString('utf8')) as {
    Entries?: Record<string, unknown>[];
  };
  if (Object.keys(others).length > 0)
    throw new Fault('ValidationException', `unknown parameters ${Object.keys(others)}`);
  if (entries.length < 1 || entries.length > 10)
    throw new Fault('ValidationException', `Entries has a length of ${entries.length}; wanted 1 to 10`);
  const own = `arn:aws:events:${call.region}:${call.account}:event-bus/default`;
  for (const entry of entries) {
    for (const name of Object.keys(entry))
      if (!ENTRY.includes(name)) throw new Fault('ValidationException', `unknown parameter ${name}`);
    if (!['default', own, undefined].includes(entry['EventBusName'] as string | undefined))
      throw new Fault(
        'ResourceNotFoundException',
        `Event bus ${String(entry['EventBusName'])} does not exist.`,
      );
  }
  if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > 256 * 1024)
    throw new Fault('ValidationException', 'Total size of the entries in the request is over the limit.');
  const results = entries.map((entry) => {
    const fault = faultOf(entry) ?? refuse(String(entry['Detail']));
    if (fault !== undefined) return { ErrorCode: fault, ErrorMessage: 'the reason' };
    taken.push({
      source: String(entry['Source']),
      detailType: String(entry['DetailType']),
      detail: JSON.parse(String(entry['Detail'])) as Record<string, unknown>,
      time: entry['Time'] as number,
    });
    return { EventId: String(taken.length) };
  });
  const failed = results.filter((result) => 'ErrorCode' in result).length;
  return {
    action: 'events:PutEvents',
    resource: own,
    reply: json({ FailedEntryCount: failed, Entries: results }),
  };
}

/** "Calculating PutEvents event entry size", EventBridge User Guide. */
function sizeOf({
  Time,
  Source = '',
  DetailType = '',
  Detail = '',
  Resources = [],
}: Record<string, unknown>) {
  const texts = [Source, DetailType, Detail, ...(Resources as unknown[])].map(String);
  return (Time === undefined ? 0 : 14) + Buffer.byteLength(texts.join(''));
}

function faultOf({ Time, Source, DetailType, Detail }: Record<string, unknown>): string | undefined {
  for (const text of [Source, DetailType, Detail])
    if (typeof text !== 'string' || text === '') return 'InvalidArgument';
  if (String(Source).startsWith('aws.')) return 'NotAuthorizedForSourceException';
  if (String(DetailType).length > 128 || (Time !== undefined && typeof Time !== 'number'))
    return 'InvalidArgument';
  try {
    const value: unknown = JSON.parse(String(Detail));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? undefined
      : 'MalformedDetail';
  } catch {
    return 'MalformedDetail';
  }
}
