import type { SecureContext } from 'node:tls';
import { type Endpoint, startTlsOf } from '../../core/endpoint.ts';
import type { How } from './attempts.ts';
import type { Manner } from './context.ts';
import { type Conversation, type ConversationOptions, converse } from './conversation.ts';
import { connectStep, type HttpProxy } from './proxy.ts';
import { DIALOGS } from './starttls/protocols.ts';
import { type Tap, tap } from './tap.ts';

export interface BeginnerOptions
  extends Pick<ConversationOptions, 'judge' | 'serverName' | 'hasClientCertificate'> {
  readonly contextFor: (manner: Manner) => SecureContext;
  readonly proxy: HttpProxy | undefined;
}

/** How conversations with one endpoint begin. */
export interface Beginner {
  begin(address: string, how: How): Conversation;
  /** What was overheard of the last conversation in TLS 1.2 alone with an address; undefined where there was none. */
  overheard(address: string): Tap | undefined;
}

/** Where what passes in the clear is wanted: the names of CAs, and certificates that a reset took away from Node. */
const LISTENED_TO: ReadonlySet<Manner> = new Set(['TLSv1.2', 'legacy']);

export function createBeginner(endpoint: Endpoint, options: BeginnerOptions): Beginner {
  const { host, port } = endpoint;
  const { judge, proxy, serverName, contextFor, hasClientCertificate } = options;
  const starttls = startTlsOf(endpoint);
  const before = {
    ...(proxy === undefined ? {} : { via: { ...proxy, ask: [connectStep(host, port, proxy)] } }),
    ...(starttls === null ? {} : { dialog: DIALOGS[starttls] }),
  };
  const heard = new Map<string, Tap>();
  return {
    begin(address, { manner, named }) {
      const overheard = LISTENED_TO.has(manner) ? tap() : undefined;
      if (overheard !== undefined && manner === 'TLSv1.2') heard.set(address, overheard);
      return converse({
        address,
        port,
        serverName: named ? serverName : undefined,
        secureContext: contextFor(manner),
        judge,
        hasClientCertificate,
        ...before,
        ...(overheard === undefined ? {} : { tap: overheard }),
      });
    },
    overheard: (address) => heard.get(address),
  };
}
