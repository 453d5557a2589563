import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** The inventory cannot be used, said for a person: what happened and what to do. The SDK's error is the `cause`. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

/**
 * Turns the errors of a client that a person can do something about into `StoreError`s, wherever they occur. Errors
 * that `explain` has no words for pass unchanged, failed conditions among them.
 */
export function explainErrors(client: DynamoDBClient, explain: (error: Error) => string | undefined): void {
  client.middlewareStack.add(
    (next) => async (request) => {
      try {
        return await next(request);
      } catch (error) {
        const words = error instanceof Error ? explain(error) : undefined;
        throw words === undefined ? error : new StoreError(words, { cause: error });
      }
    },
    { step: 'initialize', name: 'explainErrors', priority: 'high' },
  );
}
