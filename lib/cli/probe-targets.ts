import { type EndpointTextOptions, parseEndpoint } from '../config/endpoint-text.ts';
import { parseTargetLines } from '../config/target-lines.ts';
import { escapeForTerminal } from '../core/printable.ts';
import { isRejected } from '../core/rejected.ts';
import { type EndpointTarget, endpointTargetId } from '../core/target.ts';
import { readText } from './read-text.ts';
import { UserError } from './user-error.ts';

/** What a command line asks to be probed. */
export interface ProbeTargets {
  /** Operands first, then the file, each in its order. */
  readonly targets: readonly EndpointTarget[];
  /** One sentence for each operand or line that is no endpoint. They never cost the good ones. */
  readonly problems: readonly string[];
}

/**
 * Puts the operands and the lines of `--file` together.
 *
 * @throws UserError where a server name is unusable, the file cannot be read, or there is no target at all.
 */
export async function gatherTargets(
  operands: readonly string[],
  options: { readonly file?: string } & EndpointTextOptions,
  stdin: AsyncIterable<Buffer | string>,
): Promise<ProbeTargets> {
  const { file, serverName, starttls } = options;
  checkServerName(serverName);
  const targets: EndpointTarget[] = [];
  const problems: string[] = [];
  for (const operand of operands) {
    const endpoint = parseEndpoint(operand, { serverName, starttls });
    if (isRejected(endpoint)) problems.push(endpoint.error);
    else targets.push({ kind: 'endpoint', id: endpointTargetId(endpoint), endpoint, owner: null, tags: {} });
  }
  if (file !== undefined) {
    const list = parseTargetLines(await readText(file, 'the list of targets', stdin), { starttls });
    const name = file === '-' ? 'standard input' : escapeForTerminal(file);
    for (const { target } of list.targets) targets.push(withServerName(target, serverName));
    for (const { line, message } of list.problems) problems.push(`${name}, line ${line}: ${message}`);
    const untold = list.problemCount - list.problems.length;
    if (untold > 0) problems.push(`${name}: ${untold} more lines are no endpoints`);
    if (targets.length === 0 && problems.length === 0) throw new UserError(`${name} names no targets.`);
  }
  if (targets.length === 0 && problems.length === 0) {
    throw new UserError(
      'nothing to probe: name targets (notafter probe api.example.com) or a list (--file FILE).',
    );
  }
  return { targets, problems };
}

function checkServerName(serverName: string | undefined): void {
  if (serverName === undefined) return;
  const tried = parseEndpoint('localhost', { serverName });
  if (isRejected(tried)) throw new UserError(`--server-name: ${tried.error}`);
}

/** The option speaks for the lines that do not name one themselves. */
function withServerName(target: EndpointTarget, serverName: string | undefined): EndpointTarget {
  if (serverName === undefined || target.endpoint.serverName !== target.endpoint.host) return target;
  const endpoint = { ...target.endpoint, serverName };
  return { ...target, id: endpointTargetId(endpoint), endpoint };
}
