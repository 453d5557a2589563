import { writeFile } from 'node:fs/promises';
import { ConfigError } from './problem.ts';

/**
 * The text of a first configuration file: valid as it is, with everything else there is to say as comments.
 *
 * @param endpoints Texts that `parseEndpoint` takes; without any the file watches nothing yet.
 */
export function initialConfig(endpoints: readonly string[] = []): string {
  // Always in quotes: "[2001:db8::1]:443" would be a list without them, and every JSON string is a YAML one.
  const entries = endpoints.map((endpoint) => `  - ${JSON.stringify(endpoint)}\n`).join('');
  return `${HEAD}${entries}${entries === '' ? '  # - api.example.com\n' : ''}${TAIL}`;
}

/**
 * Writes such a file where there is none.
 *
 * @throws ConfigError where something is there already, which is left alone, or the file cannot be written.
 */
export async function writeInitialConfig(path: string, endpoints: readonly string[] = []): Promise<void> {
  try {
    await writeFile(path, initialConfig(endpoints), { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new ConfigError(
        path,
        'the file exists already and is left as it is; name another file or edit it',
      );
    throw new ConfigError(path, `the file cannot be written (${code}); check the folder and its permissions`);
  }
}

const HEAD = `# What NotAfter watches, and whom it tells. Every field: docs/configuration.md

# Who hears about a certificate, unless a group or a target says otherwise.
# owner: platform

# What to watch: an endpoint is host or host:port (443 without one), and /smtp, /postgres, … behind it asks for TLS.
targets:
`;

const TAIL = `  # An endpoint that needs more than its name:
  # - endpoint: db.example.com:5432
  #   serverName: db.internal     # the name to ask for, where it is not the host
  #   starttls: postgres          # the protocol to ask for TLS, where the port does not say it
  #   ca: ./private-ca.pem        # a CA of your own to trust, relative to this file
  #   every: 6h                   # look this often; without it, the nearer the end the more often
  # The CAs that an mTLS endpoint accepts clients from:
  # - truststore: ./truststore.pem
  # Any other PEM or DER file with certificates:
  # - file: /etc/ssl/certs/chain.pem

# Targets that have an owner, tags or thresholds in common:
# groups:
#   - name: payments
#     owner: payments
#     tags: { team: pay }
#     targets:
#       - pay.example.com

# Rungs of the expiry ladder that replace the built-in ones: days, hours, or a percentage of the lifetime.
# thresholds:
#   leaf: { warning: 20d }
#   ca: { notice: 400d }

# Failures in a row before "could not observe" is said.
# unreachableAfter: 3

# How endpoints are reached and trusted; a group or an endpoint may say it, too.
# proxy: http://proxy.example.com:3128
# stores: [mozilla, system]

# Optional checks that speak, too: all, or their ids (docs/checks.md).
# checks: [legacy-versions, weak-cipher]

# In an AWS account (npx cdk deploy): whom the monitor tells by mail and text message.
# alerts:
#   email: [api-team@example.com]
#   sms: ["+15551234567"]
#   owners:
#     payments: { email: [payments@example.com] }

# And what it reads there besides: regions of ACM and API Gateway, buckets with truststores.
# aws:
#   regions: [eu-west-1]
#   truststores: [my-truststore-bucket]

# Where alerts are posted to, besides the terminal. Keep a token in the environment.
# webhook:
#   url: https://hooks.example.com/\${HOOK_TOKEN}
`;
