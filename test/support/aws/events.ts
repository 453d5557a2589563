import { type Call, Fault, json, type Served } from './protocol.ts';

/** An event as a rule would get it. */
export interface PutEvent {
  readonly source: string;
  readonly detailType: string;
  readonly detail: Record<string, unknown>;
  readonly time: number;
}

const ENTRY = ['Time', 'Source', 'Resources', 'DetailType', 'Detail', 'EventBusName', 'TraceHeader'];

/** PutEvents, with the limits of its reference. An entry whose detail says `"refuse"` is refused once. */
export function serveEvents(call: Call, taken: PutEvent[]): Served {
  const operation = String(call.headers['x-amz-target']).replace('AWSEvents.', '');
  if (operation !== 'PutEvents') throw new Fault('UnknownOperationException', operation);
  const { Entries: entries = [] } = JSON.parse(call.body.toString('utf8')) as {
    Entries?: Record<string, string>[];
  };
  if (entries.length < 1 || entries.length > 10)
    throw new Fault('ValidationException', `Entries has a length of ${entries.length}; wanted 1 to 10`);
  let bytes = 0;
  const buses = new Set<string>();
  const results = entries.map((entry) => {
    for (const name of Object.keys(entry))
      if (!ENTRY.includes(name)) throw new Fault('ValidationException', `unknown parameter ${name}`);
    const { Source = '', DetailType = '', Detail = '', EventBusName = 'default', Time } = entry;
    bytes += Buffer.byteLength(Source + DetailType + Detail) + 14;
    buses.add(EventBusName);
    if (Source === '' || Source.startsWith('aws.'))
      return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: Source };
    if (refusals.delete(Detail)) return { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' };
    let detail: unknown;
    try {
      detail = JSON.parse(Detail);
    } catch {
      return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
    }
    taken.push({
      source: Source,
      detailType: DetailType,
      detail: detail as Record<string, unknown>,
      time: Number(Time),
    });
    return { EventId: String(taken.length) };
  });
  if (bytes > 256 * 1024)
    throw new Fault('ValidationException', 'Total size of the entries in the request is over the limit.');
  const failed = results.filter((result) => 'ErrorCode' in result).length;
  const [bus = 'default'] = buses;
  return {
    action: 'events:PutEvents',
    resource: `arn:aws:events:${call.region}:${call.account}:event-bus/${bus}`,
    reply: json({ FailedEntryCount: failed, Entries: results }),
  };
}

/** Details that are refused once. */
export const refusals = new Set<string>();
