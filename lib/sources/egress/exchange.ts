import { type IncomingHttpHeaders, type IncomingMessage, request as openRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { FetchFailure } from '../../core/fetch-failure.ts';

export interface Question {
  readonly method: 'GET' | 'POST';
  /** Path and query, as the URL has them. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  /** More than this is not read of a body. */
  readonly maxBytes: number;
}

/** One answer. The body is read of a 200 only; of every other status it is empty. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

const MAX_HEADER_BYTES = 16_384;

/** What a chunk costs at least besides its bytes: a digit and two line ends (RFC 9112 §7.1). */
const CHUNK_FRAME = 5;

/** Interim answers (RFC 9110 §15.2) that a server may send before the real one. */
const MAX_INTERIM = 8;

/**
 * One HTTP exchange over a connection, which is closed when the answer, or the failure, is given. `signal` ends it with
 * the failure that is its reason.
 */
export function exchange(
  socket: Socket,
  question: Question,
  signal: AbortSignal,
): Promise<Answer | { readonly failure: FetchFailure }> {
  const { promise, resolve } = Promise.withResolvers<Answer | { readonly failure: FetchFailure }>();
  const { method, path, headers, body, maxBytes } = question;
  let outcome: Answer | { readonly failure: FetchFailure } | undefined;
  let interim = 0;

  const settle = (result: Answer | { readonly failure: FetchFailure }) => {
    outcome ??= result;
    socket.destroy();
  };
  const fail = (failure: FetchFailure) => settle({ failure });
  const abort = () => fail(signal.reason as FetchFailure);
  const onError = (error: NodeJS.ErrnoException) => fail(exchangeFailure(error));

  const onResponse = (response: IncomingMessage) => {
    const { statusCode: status = 0, headers: answered } = response;
    response.on('error', onError);
    if (status !== 200) return settle({ status, headers: answered, bytes: Buffer.alloc(0) });
    const refusal = refuse(answered, maxBytes);
    if (refusal !== undefined) return fail(refusal);
    const sink = createSink();
    let frames = 0;
    response.on('data', (chunk: Buffer) => {
      // Frames count up to as much again: a body in chunks of a byte costs a turn for each of them.
      frames += CHUNK_FRAME;
      if (sink.size + chunk.length > maxBytes || frames > maxBytes) fail(tooLarge(maxBytes));
      else if (outcome === undefined) sink.add(chunk);
    });
    // Not emitted where the body is incomplete: that is an error.
    response.on('end', () => settle({ status, headers: answered, bytes: sink.bytes() }));
  };

  socket.on('error', onError);
  socket.on('close', () => {
    signal.removeEventListener('abort', abort);
    resolve(outcome ?? { failure: { code: 'cut_short' } });
  });
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  // With a connection of its own a request uses no agent: none is kept alive, and no proxy of the environment is asked.
  const request = openRequest({
    createConnection: () => socket,
    method,
    path,
    headers,
    setHost: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    insecureHTTPParser: false,
  });
  request.on('error', onError);
  request.on('information', () => {
    interim += 1;
    if (interim > MAX_INTERIM) fail({ code: 'answer_malformed', detail: 'too many interim answers' });
  });
  request.on('response', onResponse);
  request.end(body);
  return promise;
}

/** What the header alone gives away. */
function refuse(headers: IncomingHttpHeaders, maxBytes: number): FetchFailure | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') return { code: 'encoded', detail: encoding.slice(0, 40) };
  const transfer = headers['transfer-encoding']?.trim().toLowerCase() ?? 'chunked';
  if (transfer !== 'chunked') return { code: 'encoded', detail: transfer.slice(0, 40) };
  return Number(headers['content-length'] ?? 0) > maxBytes ? tooLarge(maxBytes) : undefined;
}

function tooLarge(maxBytes: number): FetchFailure {
  return { code: 'too_large', detail: `more than ${maxBytes} bytes` };
}

/** https://nodejs.org/docs/latest-v24.x/api/errors.html has HPE_ for what the parser rejects. */
function exchangeFailure(error: NodeJS.ErrnoException): FetchFailure {
  const { code } = error;
  if (code?.startsWith('HPE_') === true) return { code: 'answer_malformed', detail: code };
  return code === undefined ? { code: 'cut_short' } : { code: 'cut_short', detail: code };
}

/** Collects a body in one growing block: a server that sends single bytes must not cost an object for each. */
function createSink() {
  let block = Buffer.allocUnsafe(16_384);
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(chunk: Buffer) {
      if (size + chunk.length > block.length) {
        const larger = Buffer.allocUnsafe(Math.max(2 * block.length, size + chunk.length));
        block.copy(larger, 0, 0, size);
        block = larger;
      }
      chunk.copy(block, size);
      size += chunk.length;
    },
    /** A copy of the exact size, so that a small body in a cache does not hold a large block. */
    bytes: () => Buffer.from(block.subarray(0, size)),
  };
}
