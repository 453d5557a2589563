import { createHash } from 'node:crypto';
import type { Alert } from '../core/alert.ts';

/** What a person types to ask about an alert: the first digits of the SHA-256 of its id. */
export function alertCode({ id }: Pick<Alert, 'id'>): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 10);
}
