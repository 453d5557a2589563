import { resolve } from 'node:path';
import type { Endpoint } from '../core/endpoint.ts';
import { bundleTargetId, endpointTargetId, type Target } from '../core/target.ts';
import type { Checker } from './check.ts';
import { parseEndpoint } from './endpoint-text.ts';
import { describeValue } from './problem.ts';
import { readReach } from './reach-schema.ts';
import { endpointSchema, fileSchema, truststoreSchema } from './schema.ts';
import type { Settings } from './settings.ts';
import { startTlsConflict } from './starttls-text.ts';
import { suggest } from './suggest.ts';
import type { ValuePath } from './yaml-tree.ts';

const KINDS = ['endpoint', 'truststore', 'file'] as const;

/**
 * One entry of a list of targets: text for an endpoint, or a mapping with exactly one of `endpoint`, `truststore`,
 * `file`. Undefined where it cannot be used, which has been reported then.
 *
 * @param directory What relative paths are relative to.
 */
export function readTargetEntry(
  entry: unknown,
  path: ValuePath,
  directory: string,
  checker: Checker,
): Target | undefined {
  if (typeof entry === 'string') return readEndpoint({ endpoint: entry }, path, directory, checker);
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    checker.report(
      path,
      `got ${describeValue(entry)}; wanted an endpoint such as api.example.com, or a mapping`,
    );
    return undefined;
  }
  const kinds = KINDS.filter((kind) => Object.hasOwn(entry, kind));
  if (kinds.length !== 1) {
    const got = kinds.length === 0 ? `nothing to watch${missingKindHint(entry)}` : kinds.join(' and ');
    checker.report(path, `got ${got}; wanted one of endpoint, truststore or file`);
    return undefined;
  }
  if (kinds[0] === 'endpoint') return readEndpoint(entry, path, directory, checker);
  return readBundle(entry, kinds[0] === 'file' ? 'file' : 'truststore', path, directory, checker);
}

/** What was probably meant: `- db.example.com: 5432` is a mapping to YAML, and `truststor` is one letter away. */
function missingKindHint(entry: object): string {
  const meant = Object.keys(entry)
    .map((key) => suggest(key, KINDS))
    .find((hint) => hint !== '');
  if (meant !== undefined) return meant;
  const [[key, value] = ['', undefined], ...others] = Object.entries(entry);
  const port = typeof value === 'number' && others.length === 0 && /^[\w.-]{1,253}$/.test(key);
  return port ? ` (an endpoint is written without a space: ${key}:${value})` : '';
}

function readEndpoint(
  entry: object,
  path: ValuePath,
  directory: string,
  checker: Checker,
): Target | undefined {
  const read = checker.check(endpointSchema, entry, path);
  if (read === undefined) return undefined;
  const { serverName, starttls } = read;
  // The schema has read it before, but not together with what stands beside it.
  const endpoint = parseEndpoint(read.endpoint, { serverName, starttls }) as Endpoint;
  const conflict = startTlsConflict(endpoint, starttls);
  if (conflict !== undefined) checker.report(path, conflict);
  return {
    kind: 'endpoint',
    id: endpointTargetId(endpoint),
    endpoint,
    ...ownSettings(read),
    ...readReach(read, directory),
  };
}

function readBundle(
  entry: object,
  kind: 'truststore' | 'file',
  path: ValuePath,
  directory: string,
  checker: Checker,
): Target | undefined {
  const read =
    kind === 'file' ? checker.check(fileSchema, entry, path) : checker.check(truststoreSchema, entry, path);
  if (read === undefined) return undefined;
  const file = resolve(directory, 'file' in read ? read.file : read.truststore);
  return { kind, id: bundleTargetId(kind, file), path: file, ...ownSettings(read) };
}

function ownSettings(read: { readonly every?: number } & Pick<Settings, 'owner' | 'tags' | 'thresholds'>) {
  return {
    owner: read.owner ?? null,
    tags: read.tags ?? {},
    ...(read.thresholds === undefined ? {} : { thresholds: read.thresholds }),
    ...(read.every === undefined ? {} : { everyMs: read.every }),
  };
}
