import { type Call, Fault, json, type Served } from './protocol.ts';

/** What AWS puts behind the name of a secret. */
const SUFFIX = '-AbCdEf';

/** GetSecretValue of secrets by their names or ARNs. */
export function serveSecrets(call: Call, secrets: ReadonlyMap<string, string>): Served {
  const operation = String(call.headers['x-amz-target']).replace('secretsmanager.', '');
  if (operation !== 'GetSecretValue') throw new Fault('UnknownOperationException', operation);
  const { SecretId: id = '', ...others } = JSON.parse(call.body.toString('utf8')) as { SecretId?: string };
  if (id === '') throw new Fault('InvalidParameterException', 'You must provide a secret id.');
  if (Object.keys(others).length > 0)
    throw new Fault('ValidationException', `unknown parameters ${Object.keys(others)}`);
  const prefix = `arn:aws:secretsmanager:${call.region}:${call.account}:secret:`;
  const name = id.startsWith(prefix) ? id.slice(prefix.length).replace(SUFFIX, '') : id;
  const value = secrets.get(name);
  if (value === undefined)
    throw new Fault('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  const arn = `${prefix}${name}${SUFFIX}`;
  return {
    action: 'secretsmanager:GetSecretValue',
    resource: arn,
    reply: json({
      ARN: arn,
      Name: name,
      SecretString: value,
      VersionId: '00000000-0000-0000-0000-000000000000',
    }),
  };
}
