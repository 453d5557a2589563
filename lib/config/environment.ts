/** The environment variables that tell a deployed function about its surroundings: what the stack sets and it reads. */
export const ENVIRONMENT = {
  table: 'NOTAFTER_TABLE',
  /** Path of the definitions file. */
  definitions: 'NOTAFTER_DEFINITIONS',
  /** JSON: the name of a network, '' for the public one, to the URL of its queue. */
  probeQueues: 'NOTAFTER_PROBE_QUEUES',
  collectQueue: 'NOTAFTER_COLLECT_QUEUE',
  /** ARN. */
  topic: 'NOTAFTER_TOPIC',
  /** ARN of the topic of the daily canary. */
  canaryTopic: 'NOTAFTER_CANARY_TOPIC',
  /** Name of the event bus that gets an event for each alert; absent where nobody wants them. */
  bus: 'NOTAFTER_BUS',
  /** Twelve digits: the account that the function runs in. */
  account: 'NOTAFTER_ACCOUNT',
} as const;
