/** An answer of AWS that does not come is one more refusal, not the end of the function. */
export const PATIENCE = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
};
