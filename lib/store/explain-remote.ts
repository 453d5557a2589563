/** What went wrong with a table in the cloud, as a sentence with what to do; undefined where there are no better words. */
export function explainRemote(error: Error, name: string, host: string): string | undefined {
  switch (error.name) {
    case 'ResourceNotFoundException':
      return `there is no table ${name} at ${host}: check the name and the region, or create it as docs/data-model.md shows`;
    case 'AccessDeniedException':
      return `access to table ${name} at ${host} was denied (${error.message}): grant the actions listed in docs/data-model.md`;
    case 'CredentialsProviderError':
      return `no AWS credentials for table ${name} (${error.message}): set AWS_PROFILE, log in, or give this host a role`;
    case 'UnrecognizedClientException':
    case 'InvalidSignatureException':
    case 'ExpiredTokenException':
      return `AWS rejected the credentials for table ${name} (${error.message}): log in again`;
    case 'ValidationException':
      return /tableName|TableName/.test(error.message)
        ? `${JSON.stringify(name)} cannot be the name of a table: 3 to 255 letters, digits and _.- are wanted`
        : undefined;
  }
  if (/^Region is missing/.test(error.message)) {
    return `no AWS region for table ${name}: set AWS_REGION, or a region in the profile`;
  }
  const code = 'code' in error ? String(error.code) : '';
  if (error.name === 'TimeoutError' || ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes(code)) {
    return `DynamoDB at ${host} does not answer (${error.message || code}): check the network and AWS_ENDPOINT_URL_DYNAMODB`;
  }
  return undefined;
}
