import { escapeForTerminal } from '../../core/printable.ts';
import type { Failure } from '../../core/reason.ts';

/** What the SDK's errors have in common. */
export interface AwsError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $fault?: string;
}

const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedException',
  'ForbiddenException',
]);
const THROTTLED = new Set([
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'SlowDown',
]);
const UNREACHABLE = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ETIMEDOUT',
]);
/** A region that the account has not opted into does not know the account's keys. */
const STRANGERS = new Set([
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'AuthFailure',
  'OptInRequired',
]);

/** Why a call to AWS failed, as an observation says it. Never throws. */
export function failureOf(error: unknown): Failure {
  const { name, message, code, $metadata } = asError(error);
  const detail = escapeForTerminal(message === '' ? name : message, 400);
  if (
    DENIED.has(name) ||
    (name !== 'ExpiredToken' && $metadata?.httpStatusCode === 403 && !STRANGERS.has(name))
  ) {
    return { reason: 'access_denied', detail };
  }
  if (THROTTLED.has(name) || $metadata?.httpStatusCode === 429) return { reason: 'throttled', detail };
  if (STRANGERS.has(name)) {
    return { reason: 'region_unreachable', detail: `${detail} (is the region enabled for this account?)` };
  }
  if (name === 'TimeoutError' || UNREACHABLE.has(code ?? '')) return { reason: 'region_unreachable', detail };
  return { reason: 'listing_failed', detail: `${name}: ${detail}` };
}

/** Whether the credentials themselves are the trouble: then no other call will fare better. */
export function isCredentialsProblem(error: unknown): boolean {
  const { name, message } = asError(error);
  return (
    name === 'CredentialsProviderError' ||
    name === 'ExpiredToken' ||
    name === 'ExpiredTokenException' ||
    /Could not load credentials|token.*(?:expired|refresh)|SSO session/i.test(message)
  );
}

/** Anything may be thrown. */
export function asError(error: unknown): AwsError {
  return error instanceof Error ? error : new Error(String(error));
}
