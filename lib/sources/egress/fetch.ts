import type { FetchFailure } from '../../core/fetch-failure.ts';
import type { Limit } from '../limit.ts';
import { processSockets } from '../tls-endpoint/open-files.ts';
import { type Course, createCourse } from './course.ts';
import { type Destination, isRedirect, parseDestination, redirected } from './destination.ts';
import type { Answer, Question } from './exchange.ts';
import { maxAgeOf } from './max-age.ts';
import { createTurns } from './turns.ts';
import { createVisit, type VisitOptions } from './visit.ts';

/** `guard`: where connections may go besides the public Internet. `ca`: PEM for https:. */
export interface FetcherOptions extends VisitOptions {
  /** What connections and queries are counted against. @default the sockets of this process that probes share */
  readonly sockets?: Limit;
  /** For one fetch with all its redirects, from the first DNS packet to the last byte. Waiting for a turn is free. */
  readonly timeoutMs: number;
  /** How long one fetch may wait for its turns. @default 60,000 */
  readonly patienceMs?: number;
  /** Of one body. */
  readonly maxBytes: number;
  /** @default 3 */
  readonly maxRedirects?: number;
  /** Requests in flight, each to another host. @default 8 */
  readonly concurrency?: number;
  /** The clock that an answer without a date is measured by. @default the host's */
  readonly now?: () => Date;
}

interface FetchRequest {
  /** @default GET */
  readonly method?: 'POST';
  readonly body?: Uint8Array;
  /** The media type of `body`. */
  readonly contentType?: string;
  /** The media types wanted. @default anything */
  readonly accept?: string;
}

/** What came back. The bytes may be shared with other callers: read only. */
export interface Fetched {
  readonly bytes: Buffer;
  /** The media type in lower case without parameters. From outside. */
  readonly contentType: string | null;
  /** Seconds for which the server calls it fresh; null where it does not say. */
  readonly maxAge: number | null;
}

export type FetchResult = Fetched | { readonly failure: FetchFailure };

/**
 * Fetches what URLs from outside name, without trusting them: only where the guard lets it, bounded in time and size,
 * one request at a time per host, no cookies, no proxy, nothing kept open.
 */
export interface Fetcher {
  /** Never rejects. The same request while one is under way shares its answer. */
  fetch(url: string, request?: FetchRequest): Promise<FetchResult>;
  /** Ends everything at once, what waits included. */
  close(): void;
}

const CLOSED: FetchFailure = { code: 'closed' };
const PATIENCE_MS = 60_000;

/** @throws Error where `ca` cannot be read. */
export function createFetcher(options: FetcherOptions): Fetcher {
  const { timeoutMs, patienceMs = PATIENCE_MS, maxBytes, maxRedirects = 3, now = () => new Date() } = options;
  const visit = createVisit(options);
  const turns = createTurns(options.concurrency ?? 8, options.sockets ?? processSockets());
  const courses = new Set<Course>();
  const underWay = new Map<string, Promise<FetchResult>>();
  let closed = false;

  async function follow(url: string, request: FetchRequest, course: Course): Promise<FetchResult> {
    let to = parseDestination(url);
    for (let redirects = 0; ; redirects += 1) {
      if ('failure' in to) return to;
      const here = to;
      const question = questionOf(here, request, maxBytes);
      const answer = await turns.inTurn(here.host, course, () => visit(here, question, course));
      if ('failure' in answer) return answer;
      if (!isRedirect(answer.status, question.method)) return resultOf(answer, now());
      if (redirects === maxRedirects) {
        return { failure: { code: 'too_many_redirects', detail: `more than ${maxRedirects}` } };
      }
      to = redirected(here, answer.headers.location);
    }
  }

  async function begin(url: string, request: FetchRequest): Promise<FetchResult> {
    const course = createCourse(timeoutMs, patienceMs);
    courses.add(course);
    try {
      return await follow(url, request, course);
    } catch (error) {
      return { failure: { code: 'internal_error', detail: (error as Error).message } };
    } finally {
      courses.delete(course);
    }
  }

  return {
    fetch(url, request = {}) {
      if (closed) return Promise.resolve({ failure: CLOSED });
      const key = keyOf(url, request);
      const shared = underWay.get(key);
      if (shared !== undefined) return shared;
      const result = begin(url, request).finally(() => underWay.delete(key));
      underWay.set(key, result);
      return result;
    },
    close() {
      closed = true;
      for (const course of courses) course.end(CLOSED);
    },
  };
}

function keyOf(url: string, { method, body, contentType = '', accept = '' }: FetchRequest): string {
  const content = body === undefined ? '' : Buffer.from(body).toString('base64');
  return [method ?? 'GET', accept, contentType, content, url].join('\n');
}

function questionOf({ url }: Destination, request: FetchRequest, maxBytes: number): Question {
  const { body, contentType, accept = '*/*' } = request;
  const method = request.method ?? 'GET';
  const headers = {
    host: url.host,
    accept,
    'accept-encoding': 'identity',
    'user-agent': 'notafter',
    connection: 'close',
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    ...(method === 'POST' ? { 'content-length': String(body?.length ?? 0) } : {}),
  };
  return { method, path: `${url.pathname}${url.search}`, headers, body, maxBytes };
}

function resultOf({ status, headers, bytes }: Answer, now: Date): FetchResult {
  if (status !== 200) return { failure: { code: 'http_status', detail: `HTTP ${status}` } };
  const contentType = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? null;
  return { bytes, contentType, maxAge: maxAgeOf(headers, now) };
}
