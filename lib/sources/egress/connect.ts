import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import type { FetchFailure } from '../../core/fetch-failure.ts';

export interface ConnectOptions {
  /** An IP literal that may be connected to. */
  readonly address: string;
  readonly port: number;
  /** For TLS: the name, or IP literal, that the server's certificate has to be valid for. */
  readonly secure: { readonly host: string; readonly context: SecureContext } | undefined;
  /** Milliseconds until there has to be a connection. */
  readonly timeoutMs: number;
}

/** An open connection, with TLS behind its handshake; or why there is none. */
export type Connection = { readonly socket: Socket } | { readonly failure: FetchFailure };

/**
 * Connects to this address and no other. `signal` ends it with the failure that is its reason. A failure is reported
 * when the socket is closed, never before.
 */
export function connect(options: ConnectOptions, signal: AbortSignal): Promise<Connection> {
  const { promise, resolve } = Promise.withResolvers<Connection>();
  const { secure } = options;
  const socket = secure === undefined ? connectTcp(target(options)) : secured(options, secure);
  let connected = false;
  let failure: FetchFailure | undefined;

  const fail = (because: FetchFailure) => {
    failure ??= because;
    socket.destroy();
  };
  const abort = () => fail(signal.reason as FetchFailure);
  const timer = setTimeout(() => fail({ code: 'timed_out', detail: options.address }), options.timeoutMs);
  const onConnect = () => {
    connected = true;
    if (secure === undefined) succeed();
  };
  const onSecure = () => {
    if (secure !== undefined && isFor(socket as TLSSocket, secure.host)) succeed();
    else fail({ code: 'tls_failed', detail: 'the certificate is for another name' });
  };
  const onError = (error: NodeJS.ErrnoException) => {
    failure ??= connectFailure(error, connected, options.address);
  };
  const onClose = () => {
    release();
    const early: FetchFailure = {
      code: connected ? 'tls_failed' : 'connect_failed',
      detail: 'it was closed',
    };
    resolve({ failure: failure ?? early });
  };
  const release = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    socket.off('connect', onConnect).off('secureConnect', onSecure).off('close', onClose);
  };
  const succeed = () => {
    release();
    // Its error listener stays: nothing may be thrown before somebody else listens.
    resolve({ socket });
  };

  socket.on('connect', onConnect).on('secureConnect', onSecure).on('error', onError).on('close', onClose);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  return promise;
}

function target({ address, port }: ConnectOptions) {
  return { host: address, port };
}

function secured(options: ConnectOptions, secure: NonNullable<ConnectOptions['secure']>): TLSSocket {
  const socket = connectTls({
    ...target(options),
    secureContext: secure.context,
    // RFC 6066 §3: a literal address is not a name to send.
    ...(isIP(secure.host) === 0 ? { servername: secure.host } : {}),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: true,
    // Done by ourselves below, because Node decodes the certificate for it in a way that some public keys do not survive.
    checkServerIdentity: () => undefined,
  });
  socket.getPeerCertificate = (() => ({})) as TLSSocket['getPeerCertificate'];
  return socket;
}

/** RFC 9525: by the subjectAltName only. */
function isFor(socket: TLSSocket, host: string): boolean {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return false;
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined;
  return certificate.checkHost(host, { subject: 'never', partialWildcards: false }) !== undefined;
}

const SHORTAGES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

function connectFailure(error: NodeJS.ErrnoException, connected: boolean, address: string): FetchFailure {
  const what = error.code ?? error.message;
  if (SHORTAGES.has(what)) return { code: 'out_of_sockets', detail: what };
  return connected
    ? { code: 'tls_failed', detail: what }
    : { code: 'connect_failed', detail: `${address}: ${what}` };
}
