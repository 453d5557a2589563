import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A reply: its body, and a status other than 200 where it is an error. */
export interface ScriptedReply {
  readonly status?: number;
  readonly body: unknown;
}

export interface ScriptedDynamoDb {
  readonly endpoint: string;
  close(): Promise<void>;
}

/**
 * A server that speaks DynamoDB's protocol and says what a test wants it to say: for what neither the embedded
 * server nor DynamoDB Local ever answers, such as throttling or denied access.
 */
export async function scriptedDynamoDb(
  reply: (operation: string, input: unknown) => ScriptedReply,
): Promise<ScriptedDynamoDb> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      const { status = 200, body } = reply(operation, JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** An error as DynamoDB words it. */
export function errorReply(name: string, message: string): ScriptedReply {
  return { status: 400, body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message } };
}
