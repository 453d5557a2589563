import { isDeepStrictEqual } from 'node:util';
import type { StartTls } from '../core/endpoint.ts';
import { isRejected, quoted, type Rejected } from '../core/rejected.ts';
import { type EndpointTarget, endpointTargetId, targetLabel } from '../core/target.ts';
import { type EndpointTextOptions, parseEndpoint } from './endpoint-text.ts';
import { ownerFault, tagFault } from './labels.ts';
import { parseStartTls, startTlsConflict } from './starttls-text.ts';
import { suggest } from './suggest.ts';

/** A line that could not be used. */
interface LineProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

interface TargetLine {
  readonly line: number;
  readonly target: EndpointTarget;
}

export interface TargetList {
  /** In file order, repetitions included. */
  readonly targets: readonly TargetLine[];
  /** The first `PROBLEMS_KEPT`; `problemCount` counts them all. */
  readonly problems: readonly LineProblem[];
  readonly problemCount: number;
}

/** A binary file taken for a list must not become a million messages. */
export const PROBLEMS_KEPT = 100;

/**
 * A list of endpoints, one per line: `#` begins a comment, and `owner=…`, `name=…` (the server name), `starttls=…` and
 * `tag.KEY=…` may follow the endpoint. A bad line never costs the good ones.
 *
 * @param otherwise What holds for lines that do not say it themselves.
 */
export function parseTargetLines(
  text: string,
  otherwise: Pick<EndpointTextOptions, 'starttls'> = {},
): TargetList {
  const targets: TargetLine[] = [];
  const problems: LineProblem[] = [];
  let problemCount = 0;
  let line = 0;
  for (const raw of text.replace(/^\uFEFF/, '').split('\n')) {
    line += 1;
    const content = raw.replace(/(?:^|[ \t])#.*$/s, '').trim();
    if (content === '') continue;
    const target = parseTargetLine(content, otherwise.starttls);
    if (!isRejected(target)) {
      targets.push({ line, target });
      continue;
    }
    problemCount += 1;
    if (problems.length < PROBLEMS_KEPT) problems.push({ line, message: target.error });
  }
  return { targets, problems, problemCount };
}

/**
 * The same list for those who keep what it says: a line that names an endpoint of an earlier line with other settings
 * becomes a problem, because whichever of the two counted, the other would be ignored in silence.
 */
export function withoutContradictions(list: TargetList): TargetList {
  const first = new Map<string, TargetLine>();
  const targets: TargetLine[] = [];
  const problems: LineProblem[] = [];
  for (const entry of list.targets) {
    const earlier = first.get(entry.target.id);
    if (earlier === undefined) first.set(entry.target.id, entry);
    if (earlier === undefined || isDeepStrictEqual(earlier.target, entry.target)) targets.push(entry);
    else problems.push({ line: entry.line, message: contradiction(entry, earlier) });
  }
  return {
    targets,
    problems: [...list.problems, ...problems].toSorted((a, b) => a.line - b.line).slice(0, PROBLEMS_KEPT),
    problemCount: list.problemCount + problems.length,
  };
}

function contradiction({ target }: TargetLine, earlier: TargetLine): string {
  return `${targetLabel(target.id)} is already on line ${earlier.line}, with other settings; wanted it once, and line ${earlier.line} counts`;
}

const KEYS = ['owner', 'name', 'starttls', 'tag.'];

/** One line of such a list, without comment and line end. */
function parseTargetLine(
  content: string,
  otherwise: StartTls | 'tls' | undefined,
): EndpointTarget | Rejected {
  const [endpointText = '', ...words] = content.split(/[ \t]+/);
  let owner: string | null = null;
  let serverName: string | undefined;
  let protocol: string | undefined;
  const tagWords: [string, string][] = [];
  const seen = new Set<string>();
  for (const word of words) {
    const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
    if (key === '' || value === '') {
      return {
        error: `${quoted(word)} after the endpoint; wanted key=value without spaces, such as owner=platform`,
      };
    }
    if (seen.has(key)) return { error: `${quoted(key)} is there twice` };
    seen.add(key);
    if (key === 'owner') owner = value;
    else if (key === 'name') serverName = value;
    else if (key === 'starttls') protocol = value;
    else if (key.startsWith('tag.')) tagWords.push([key.slice('tag.'.length), value]);
    else
      return {
        error: `unknown key ${quoted(key)}${suggest(key, KEYS)}; wanted owner, name, starttls or tag.KEY`,
      };
  }
  const tags = Object.fromEntries(tagWords);
  const fault = (owner === null ? undefined : ownerFault(owner)) ?? tagFault(tags);
  if (fault !== undefined) return { error: fault };
  const starttls = protocol === undefined ? otherwise : parseStartTls(protocol);
  if (isRejected(starttls)) return { error: `starttls: ${starttls.error}` };
  const endpoint = parseEndpoint(endpointText, { serverName, starttls });
  if (isRejected(endpoint)) return endpoint;
  const conflict = protocol === undefined ? undefined : startTlsConflict(endpoint, starttls);
  if (conflict !== undefined) return { error: conflict };
  return { kind: 'endpoint', id: endpointTargetId(endpoint), endpoint, owner, tags };
}
