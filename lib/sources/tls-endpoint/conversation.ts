import type { X509Certificate } from 'node:crypto';
import { type ConnectionOptions, connect, type SecureContext, type TLSSocket } from 'node:tls';
import type { AddressObservation, Answer, PresentedChain } from '../../core/observation.ts';
import type { Failure } from '../../core/reason.ts';
import { refusesClient, type SocketError, type Stage, socketFailure } from './failure.ts';
import { MAX_PRESENTED, presentedCertificates } from './presented-chain.ts';

/** One TLS conversation with one address. */
export interface Conversation {
  /** Settles when the socket is closed, never before. Never rejects. */
  readonly done: Promise<AddressObservation>;
  /** Ends it now. What was already seen stays an answer; else `failure`, or the time-out of the stage it is in. */
  expire(failure?: Failure): void;
}

export interface ConversationOptions {
  /** An IP literal. */
  readonly address: string;
  readonly port: number;
  /** The SNI to send; undefined sends none. */
  readonly serverName: string | undefined;
  readonly secureContext: SecureContext;
  /** Turns what the peer sent into our own terms. `verdict` is OpenSSL's. */
  readonly judge: (presented: readonly X509Certificate[], verdict: string | null) => PresentedChain;
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

  const settle = (seen: Answer | undefined, otherwise: Failure | undefined) => {
    elapsedMs = performance.now() - startedAt;
    answer = seen;
    failure = otherwise;
  };

  /** Reads the certificates, which works once. Whatever goes wrong in here is ours or the certificate's fault. */
  const look = (clientCertificateRequired: boolean, otherwise: Failure) => {
    try {
      const presented = presentedCertificates(socket);
      if (presented.length === 0) settle(undefined, otherwise);
      else if (presented.length > MAX_PRESENTED) {
        settle(undefined, { reason: 'chain_too_large', detail: `more than ${MAX_PRESENTED} certificates` });
      } else {
        const verdict = socket.authorizationError as unknown as string | null;
        settle(
          { chain: options.judge(presented, verdict), ...parameters(socket), clientCertificateRequired },
          undefined,
        );
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
    look(false, { reason: 'no_certificate' });
    if (answer?.protocol !== 'TLSv1.3') {
      // Up to TLS 1.2 a server has had its say on the client's certificate when the handshake is done.
      socket.destroySoon();
      return;
    }
    // In TLS 1.3 it speaks after the handshake (RFC 8446 §4.4.2.4): say goodbye and listen until it hangs up.
    socket.on('data', onData);
    socket.end();
    const handshakeMs = performance.now() - connectedAt;
    grace = setTimeout(hangUp, Math.min(MAX_GRACE_MS, Math.max(GRACE_MS, 2 * handshakeMs)));
  };

  const hangUp = () => socket.destroy();

  const onData = (bytes: Buffer) => {
    bytesAfter += bytes.length;
    if (bytesAfter > MAX_BYTES_AFTER) socket.destroy();
  };

  const onError = (error: SocketError) => {
    if (answer !== undefined) {
      if (refusesClient(error)) answer = { ...answer, clientCertificateRequired: true };
    } else if (failure === undefined) {
      // Before TLS 1.3 the refusal ends the handshake, and only here the certificate can still be read.
      look(refusesClient(error), socketFailure(error, stage, address));
    }
  };

  const onClose = () => {
    clearTimeout(grace);
    if (answer !== undefined) resolve({ address, answer, elapsedMs });
    else {
      if (failure === undefined) settle(undefined, { reason: 'connection_closed' });
      resolve({ address, failure: failure ?? { reason: 'connection_closed' }, elapsedMs });
    }
  };

  const socket = connect(connectionOptions(options));
  // Node decodes a verified chain by itself through this method, which ends the process on some public keys.
  socket.getPeerCertificate = noLegacyCertificate as TLSSocket['getPeerCertificate'];
  socket.on('connect', onConnect);
  socket.on('secureConnect', onSecure);
  socket.on('error', onError);
  socket.on('close', onClose);

  return {
    done: promise,
    expire(because) {
      if (answer === undefined && failure === undefined) {
        const reason = stage === 'connecting' ? 'connect_timeout' : 'handshake_timeout';
        settle(undefined, because ?? { reason });
      }
      socket.destroy();
    },
  };
}

function connectionOptions(options: ConversationOptions): ConnectionOptions {
  const { address, port, serverName, secureContext } = options;
  return {
    host: address,
    port,
    secureContext,
    ...(serverName === undefined ? {} : { servername: serverName }),
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

function parameters(socket: TLSSocket): Pick<Answer, 'protocol' | 'cipher' | 'keyExchangeGroup'> {
  const cipher = socket.getCipher()?.standardName ?? null;
  return { protocol: socket.getProtocol(), cipher, keyExchangeGroup: keyExchangeGroup(socket, cipher) };
}

function keyExchangeGroup(socket: TLSSocket, cipher: string | null): string | null {
  const ephemeral = socket.getEphemeralKeyInfo() as { type?: string; name?: string; size?: number } | null;
  if (ephemeral?.name !== undefined) return ephemeral.name;
  if (ephemeral?.type === 'DH') return `DH-${ephemeral.size}`;
  return cipher?.startsWith('TLS_RSA_') ? 'RSA' : null;
}
