import type { X509Certificate } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, type SecureContext, type TLSSocket } from 'node:tls';
import type { AddressObservation, Answer, PresentedChain } from '../../core/observation.ts';
import type { Failure } from '../../core/reason.ts';
import { clientRequest, parameters } from './agreed.ts';
import { type Dialog, holdDialog } from './dialog.ts';
import { refusesClient, type SocketError, type Stage, socketFailure, timedOut } from './failure.ts';
import { MAX_PRESENTED, presentedCertificates } from './presented-chain.ts';
import type { Tap } from './tap.ts';

/** One TLS conversation with one address. */
export interface Conversation {
  /** Settles when the socket is closed, never before. Never rejects. */
  readonly done: Promise<AddressObservation>;
  /** Ends it now. What was already seen stays an answer; else `failure`, or the time-out of the stage it is in. */
  expire(failure?: Failure): void;
  /** Ends it where the peer has sent more than any handshake needs: nothing else bounds what OpenSSL reads before its end. */
  endIfPouring(): void;
}

export interface ConversationOptions {
  /** What is looked at: an IP literal, or the name that a proxy is to resolve. */
  readonly address: string;
  readonly port: number;
  /** Where to connect to instead: a proxy, and how it is asked for a tunnel. */
  readonly via?: { readonly host: string; readonly port: number; readonly ask: Dialog };
  /** What is said before TLS begins to a server that has to be asked for it. */
  readonly dialog?: Dialog;
  /** Whether there is a client certificate to show. */
  readonly hasClientCertificate: boolean;
  /** The SNI to send; undefined sends none. */
  readonly serverName: string | undefined;
  readonly secureContext: SecureContext;
  /** Turns what the peer sent into our own terms. */
  readonly judge: (presented: Presented) => PresentedChain;
  /** Stands between the socket and TLS, and sees every byte. */
  readonly tap?: Tap;
}

/** What a peer showed in its handshake. */
export interface Presented {
  readonly certificates: readonly X509Certificate[];
  /** OpenSSL's objection, if it had one. */
  readonly verdict: string | null;
  /** The OCSP response that it stapled (RFC 6066 §8). */
  readonly staple: Buffer | undefined;
}

/** A peer has this long after the handshake to refuse us, or twice the handshake's own time where that is longer. */
const GRACE_MS = 250;
const MAX_GRACE_MS = 1000;

/** Bytes after the handshake are nothing to us; a peer that pours is cut off here. */
const MAX_BYTES_AFTER = 65_536;

/** Begins at once. */
export function converse(options: ConversationOptions): Conversation {
  const { address } = options;
  const startedAt = performance.now();
  const { promise, resolve } = Promise.withResolvers<AddressObservation>();
  let stage: Stage = 'connecting';
  let connectedAt = startedAt;
  let answer: Answer | undefined;
  let failure: Failure | undefined;
  let elapsedMs = -1;
  let grace: NodeJS.Timeout | undefined;
  let bytesAfter = 0;
  let staple: Buffer | undefined;
  let socket: TLSSocket;
  let hangUp = (): void => undefined;
  let received = (): number => 0;

  const settle = (seen: Answer | undefined, otherwise: Failure | undefined) => {
    elapsedMs = performance.now() - startedAt;
    answer = seen;
    failure = otherwise;
  };

  /**
   * Reads the certificates, which works once. Whatever goes wrong in here is ours or the certificate's fault.
   *
   * @param end Why the handshake ended before its end; null where it did not.
   */
  const look = (end: { readonly failure: Failure; readonly refused: boolean } | null) => {
    try {
      const shown = presentedCertificates(socket);
      const presented = shown.length > 0 ? shown : (options.tap?.certificates() ?? []);
      if (presented.length === 0) settle(undefined, end?.failure ?? { reason: 'no_certificate' });
      else if (presented.length > MAX_PRESENTED) {
        settle(undefined, { reason: 'chain_too_large', detail: `more than ${MAX_PRESENTED} certificates` });
      } else {
        const verdict = socket.authorizationError as unknown as string | null;
        const chain = options.judge({ certificates: presented, verdict, staple });
        const client = clientRequest(socket, end?.refused ?? false, options.hasClientCertificate);
        const brokenOff = end === null || end.refused ? {} : { brokenOff: end.failure };
        settle({ chain, ...parameters(socket), ...client, ...brokenOff }, undefined);
      }
    } catch (error) {
      settle(undefined, { reason: 'internal_error', detail: (error as Error).message });
    }
  };

  const onConnect = () => {
    stage = 'handshaking';
    connectedAt = performance.now();
  };

  const onSecure = () => {
    look(null);
    if (answer?.protocol !== 'TLSv1.3' || answer.clientCertificateRequested === undefined) {
      // Up to TLS 1.2 a server has had its say on the client's certificate when the handshake is done, and one that
      // asked for none has nothing to say.
      socket.destroySoon();
      return;
    }
    // In TLS 1.3 it speaks after the handshake (RFC 8446 §4.4.2.4): say goodbye and listen until it hangs up.
    socket.on('data', onData);
    socket.end();
    const handshakeMs = performance.now() - connectedAt;
    // What arrived in time and nobody has read yet, on a busy host, is still heard.
    const hangUpSoon = () => void setImmediate(() => socket.destroy());
    grace = setTimeout(hangUpSoon, Math.min(MAX_GRACE_MS, Math.max(GRACE_MS, 2 * handshakeMs)));
  };

  /** A server that asks for a client certificate and then just hangs up has refused us, too. */
  const wasAsked = () => (options.tap?.clientAuthorities() ?? null) !== null;

  const onData = (bytes: Buffer) => {
    bytesAfter += bytes.length;
    if (bytesAfter > MAX_BYTES_AFTER) socket.destroy();
  };

  const onError = (error: SocketError) => {
    if (answer !== undefined) {
      if (refusesClient(error))
        answer = { ...answer, ...clientRequest(socket, true, options.hasClientCertificate) };
    } else if (failure === undefined) {
      // Before TLS 1.3 the refusal ends the handshake, and only here the certificate can still be read.
      const why = socketFailure(error, stage, options);
      if (stage === 'handshaking') look({ failure: why, refused: refusesClient(error) || wasAsked() });
      else settle(undefined, why);
    }
  };

  const onClose = () => {
    clearTimeout(grace);
    if (answer === undefined && failure === undefined) endInSilence();
    if (answer !== undefined) resolve({ address, answer, elapsedMs });
    else resolve({ address, failure: failure ?? { reason: 'connection_closed' }, elapsedMs });
  };

  /** A close without an error: what was overheard may be all there is. */
  const endInSilence = () => {
    const closed: Failure =
      stage === 'tunnelling'
        ? { reason: 'proxy_failed', detail: 'it hung up' }
        : { reason: 'connection_closed' };
    if (stage === 'handshaking') look({ failure: closed, refused: wasAsked() });
    else settle(undefined, closed);
  };

  const onStaple = (response: Buffer | null) => {
    staple = response ?? undefined;
  };

  const speakTls = (connected?: Duplex) => {
    socket = connect(connectionOptions(options, connected));
    // Node decodes a verified chain by itself through this method, which ends the process on some public keys.
    socket.getPeerCertificate = noLegacyCertificate as TLSSocket['getPeerCertificate'];
    if (connected === undefined) socket.on('connect', onConnect);
    socket.on('OCSPResponse', onStaple);
    socket.on('secureConnect', onSecure);
    socket.on('error', onError);
    socket.on('close', onClose);
    hangUp = () => socket.destroy();
    received = () => bytesReceived(socket);
  };

  /** Everything that is not TLS from the first byte to the address itself. */
  const speakFirst = () => {
    const { via, dialog = [], tap } = options;
    const raw = connectTcp({ host: via?.host ?? address, port: via?.port ?? options.port });
    hangUp = () => raw.destroy();
    raw.on('error', onError);
    raw.on('close', onClose);
    const hold = (next: Stage, steps: Dialog, then: () => void) => {
      stage = next;
      holdDialog(raw, steps, (refusal) => {
        if (refusal === null) then();
        else {
          settle(undefined, refusal);
          raw.destroy();
        }
      });
    };
    const begin = () => {
      onConnect();
      raw.off('error', onError);
      raw.off('close', onClose);
      speakTls(tap?.wrap(raw) ?? raw);
    };
    raw.on('connect', () => hold('tunnelling', via?.ask ?? [], () => hold('asking', dialog, begin)));
  };

  if (options.via === undefined && options.dialog === undefined && options.tap === undefined) speakTls();
  else speakFirst();

  return {
    done: promise,
    expire(because) {
      if (answer === undefined && failure === undefined)
        settle(undefined, because ?? timedOut(stage, options));
      hangUp();
    },
    endIfPouring() {
      if (failure !== undefined || received() <= MAX_HANDSHAKE_BYTES) return;
      if (answer !== undefined) {
        hangUp();
        return;
      }
      const detail = `more than ${MAX_HANDSHAKE_BYTES} bytes before its end`;
      settle(undefined, { reason: 'handshake_failed', detail });
      hangUp();
    },
  };
}

/** The client takes 100 KB of certificates; what else belongs to a handshake is small. */
const MAX_HANDSHAKE_BYTES = 1_048_576;

/** Off the wire, which Node counts at the handle below TLS and shows nowhere. A Node without it bounds by time alone. */
function bytesReceived(socket: object): number {
  const { _handle } = socket as {
    readonly _handle?: { readonly _parent?: { readonly bytesRead?: number } } | null;
  };
  return _handle?._parent?.bytesRead ?? 0;
}

function connectionOptions(options: ConversationOptions, connected: Duplex | undefined): ConnectionOptions {
  const { address, port, serverName, secureContext } = options;
  return {
    ...(connected === undefined ? { host: address, port } : { socket: connected }),
    secureContext,
    ...(serverName === undefined ? {} : { servername: serverName }),
    requestOCSP: true,
    // Bad certificates are what we came for: they are read first and judged afterwards.
    rejectUnauthorized: false,
    checkServerIdentity,
  };
}

function checkServerIdentity(): undefined {
  return undefined;
}

function noLegacyCertificate(): object {
  return {};
}
