import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { escapeForTerminal } from '../../core/printable.ts';
import { asError, isCredentialsProblem } from '../../sources/aws/failure.ts';
import { UserError } from '../user-error.ts';

/** Whose credentials these are. */
export interface Identity {
  /** Twelve digits. */
  readonly account: string;
  readonly arn: string;
}

/** @throws UserError where there are no credentials, or none that are good for anything. */
export async function readIdentity(region: string): Promise<Identity> {
  const sts = new STSClient({
    region,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
  try {
    const { Account: account = '', Arn: arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
    return { account, arn };
  } catch (error) {
    const { message } = asError(error);
    const detail = escapeForTerminal(message, 300);
    throw new UserError(
      isCredentialsProblem(error)
        ? `no usable AWS credentials (${detail}): set AWS_PROFILE or --profile, or log in ("aws sso login")`
        : `AWS does not say whose credentials these are (${detail}): check the network, the profile and the region ${region}`,
      { cause: error },
    );
  } finally {
    sts.destroy();
  }
}
