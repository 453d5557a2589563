import { resolve } from 'node:path';
import { parseEndpoint } from '../config/endpoint-text.ts';
import { escapeForTerminal } from '../core/printable.ts';
import { isRejected } from '../core/rejected.ts';
import { bundleTargetId, endpointTargetId, type Target } from '../core/target.ts';
import { readTarget, type TargetPicture } from '../store/read-target.ts';
import type { Table } from '../store/table.ts';
import { listTargets } from '../store/targets.ts';
import { UserError } from './user-error.ts';

/** A target that the inventory knows, watched or withdrawn. */
export type KnownTarget = TargetPicture & Required<Pick<TargetPicture, 'record'>>;

/**
 * What a person may call a target: its id, with or without its kind, an endpoint, or a path. Ids to try, the likeliest
 * first.
 */
function candidates(text: string): string[] {
  const endpoint = parseEndpoint(text);
  const path = resolve(text);
  return [
    text,
    ...(isRejected(endpoint) ? [] : [endpointTargetId(endpoint)]),
    // As lists print it: with a server name it is no endpoint that could be written, and its host is no path.
    `endpoint:${text}`,
    bundleTargetId('truststore', path),
    bundleTargetId('file', path),
  ];
}

/** The target that is called exactly that, or undefined: a few reads, however large the inventory. */
export async function findNamedTarget(table: Table, text: string): Promise<KnownTarget | undefined> {
  for (const id of candidates(text)) {
    const picture = await readTarget(table, id);
    if (picture.record !== undefined) return { ...picture, record: picture.record };
  }
  return undefined;
}

/** Whether it is an endpoint at one of these places. */
function isThere({ kind, id }: Target, places: readonly string[]): boolean {
  return (
    kind === 'endpoint' && places.some((place) => id.startsWith(`${place}#`) || id.startsWith(`${place}/`))
  );
}

/** What a target is called besides its id. */
function names(target: Target): readonly string[] {
  switch (target.kind) {
    case 'endpoint':
      return [target.endpoint.serverName];
    case 'truststore':
    case 'file':
      return [target.path];
    default:
      return [target.name, target.arn];
  }
}

/**
 * The target that a person means, or undefined. `host:port` also finds the one endpoint there with a server name or
 * a protocol of its own, and what AWS lists is found by its name or ARN, too.
 *
 * @throws UserError where several targets answer to the text.
 */
export async function findTarget(table: Table, text: string): Promise<KnownTarget | undefined> {
  const ids = candidates(text);
  const exact = await findNamedTarget(table, text);
  if (exact !== undefined) return exact;
  const similar: string[] = [];
  for await (const { target } of listTargets(table)) {
    if (isThere(target, ids) || names(target).includes(text)) similar.push(target.id);
  }
  const [only, ...more] = similar;
  if (only === undefined) return undefined;
  if (more.length > 0) {
    throw new UserError(
      `several targets answer to ${escapeForTerminal(text)}; name one: ${similar.join(', ')}`,
    );
  }
  const picture = await readTarget(table, only);
  return picture.record === undefined ? undefined : { ...picture, record: picture.record };
}

/**
 * The same, where there has to be one.
 *
 * @throws UserError
 */
export async function demandTarget(table: Table, text: string): Promise<KnownTarget> {
  const found = await findTarget(table, text);
  if (found !== undefined) return found;
  throw new UserError(
    `the inventory knows no target ${escapeForTerminal(text)}: "notafter targets list" shows what is watched.`,
  );
}
