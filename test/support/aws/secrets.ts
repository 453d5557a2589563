import { type Call, Fault, json, type Served } from './protocol.ts';

/** GetSecretValue of secrets by their names. The ARN ends in six letters that AWS makes up. */
export function serveSecrets(call: Call, secrets: ReadonlyMap<string, string>): Served {
  const operation = String(call.headers['x-amz-target']).replace('secretsmanager.', '');
  if (operation !== 'GetSecretValue') throw new Fault('UnknownOperationException', operation);
  const { SecretId: id = '' } = JSON.parse(call.body.toString('utf8')) as { SecretId?: string };
  const value = secrets.get(id);
  if (value === undefined)
    throw new Fault('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  const arn = `arn:aws:secretsmanager:${call.region}:${call.account}:secret:${id}-AbCdEf`;
  return {
    action: 'secretsmanager:GetSecretValue',
    resource: arn,
    reply: json({
      ARN: arn,
      Name: id,
      SecretString: value,
      VersionId: '00000000-0000-0000-0000-000000000000',
    }),
  };
}
