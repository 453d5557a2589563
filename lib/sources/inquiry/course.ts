import type { FetchFailure } from '../../core/fetch-failure.ts';
import type { FetchCache } from '../egress/cached.ts';
import type { Fetcher } from '../egress/fetch.ts';
import type { Published } from './published.ts';

/** Of everything that one endpoint serves: a hostile certificate names what it likes. */
const MAX_URLS = 32;

/** One inquiry about one endpoint: its time, and its questions. */
export interface Course {
  /** Aborted when its time is over: nobody else is asked then, and what comes later is kept for the next time. */
  readonly signal: AbortSignal;
  /** The answer, or `late` where the time is over before. */
  inTime<Value, Late>(answer: Promise<Value>, late: Late): Promise<Value | Late>;
  /** Those of the inquirer, for as many questions as there are for one endpoint. */
  readonly published: Published;
  readonly fetcher: Pick<Fetcher, 'fetch'>;
  end(): void;
}

export interface CourseOptions {
  readonly budgetMs: number;
  readonly published: Published;
  readonly fetcher: Pick<Fetcher, 'fetch'>;
}

const TOO_MANY: FetchFailure = { code: 'no_turn', detail: `at most ${MAX_URLS} URLs for one endpoint` };
const OVER: FetchFailure = { code: 'no_turn', detail: 'the time for the endpoint was over' };

export function startCourse({ budgetMs, published, fetcher }: CourseOptions): Course {
  const controller = new AbortController();
  const { signal } = controller;
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const end = () => {
    clearTimeout(timer);
    controller.abort();
    resolve();
  };
  const timer = setTimeout(end, budgetMs);
  const asked = new Set<string>();

  /** Why this one is not asked for any more; null where it is. Asking again for the same costs nothing. */
  function objectionTo(url: string): FetchFailure | null {
    if (signal.aborted) return OVER;
    if (!asked.has(url) && asked.size === MAX_URLS) return TOO_MANY;
    asked.add(url);
    return null;
  }
  const bounded = <Value>(cache: FetchCache<Value>): FetchCache<Value> => ({
    get(url) {
      const failure = objectionTo(url);
      return failure === null ? cache.get(url) : Promise.resolve({ failure, fetchedAt: new Date() });
    },
  });

  return {
    signal,
    end,
    inTime: (answer, late) => Promise.race([answer, over.then(() => late)]),
    published: { crls: bounded(published.crls), issuers: bounded(published.issuers) },
    fetcher: {
      fetch(url, request) {
        // What is sent is a question of its own for each certificate.
        const failure = objectionTo(request?.body === undefined ? url : `${url} ${asked.size}`);
        return failure === null ? fetcher.fetch(url, request) : Promise.resolve({ failure });
      },
    },
  };
}
