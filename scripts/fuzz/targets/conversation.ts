import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Reason } from '../../../lib/core/reason.ts';
import { type Dialog, holdDialog } from '../../../lib/sources/tls-endpoint/dialog.ts';
import { connectStep } from '../../../lib/sources/tls-endpoint/proxy.ts';
import { DIALOGS } from '../../../lib/sources/tls-endpoint/starttls/protocols.ts';
import { tap } from '../../../lib/sources/tls-endpoint/tap.ts';
import { firstFlight } from '../grammar/first-flight.ts';
import { PROTOCOLS, proxyAnswer, replies } from '../grammar/replies.ts';
import { define, type Target } from '../target.ts';

const FOLDER = 'lib/sources/tls-endpoint';

/** How a dialog ended: why it failed, or which bytes are left for TLS; `null` where it waits for more. */
type Ending = { readonly failure: Reason } | { readonly left: string } | null;

/** Holds the dialog on a socket that exists in name only: what it hears comes in pieces of this size. */
function hold(dialog: Dialog, pieces: Iterable<Buffer>): Ending {
  let onData: ((bytes: Buffer) => void) | undefined;
  let left: Buffer = Buffer.alloc(0);
  let ending: Ending = null;
  const socket = {
    on: (_event: 'data', listener: (bytes: Buffer) => void) => {
      onData = listener;
    },
    off: () => {
      onData = undefined;
    },
    pause: () => undefined,
    resume: () => undefined,
    write: () => true,
    unshift: (bytes: Buffer) => {
      left = bytes;
    },
  };
  let isDone = false;
  holdDialog(socket as unknown as Socket, dialog, (failure) => {
    if (isDone) throw new Error('the dialog ended twice');
    isDone = true;
    ending = failure === null ? { left: left.toString('hex') } : { failure: failure.reason };
  });
  const rest: Buffer[] = [];
  for (const piece of pieces) {
    if (onData === undefined) rest.push(piece);
    else onData(piece);
  }
  // What came after the end goes to TLS too, whichever piece it was in.
  const result = ending as Ending;
  return result !== null && 'left' in result
    ? { left: result.left + Buffer.concat(rest).toString('hex') }
    : result;
}

function* cut(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const PROXY = { host: 'proxy.test', port: 3128 };
const TUNNEL = Buffer.from('HTTP/1.1 200 OK\r\n\r\n');

/** What a tap on a connection hears of the server's first words. */
function overhear(bytes: Buffer) {
  const listening = tap();
  const socket = Object.assign(new EventEmitter(), { pause: () => undefined, resume: () => undefined });
  listening.wrap(socket as unknown as Socket);
  socket.emit('data', bytes);
  const certificates = listening.certificates().map(({ fingerprint256 }) => fingerprint256);
  return { certificates, authorities: listening.clientAuthorities() };
}

// Piece by piece all of it is looked at again each time.
const MOST_IN_PIECES = 1_024;

// More than twice what is read of any reply.
const MOST_LINES = 500;

/** Whoever sends line after line, each of which is looked at again with all that follows, must come to an end. */
function objectionToPatience(bytes: Buffer, ending: Ending): string | null {
  const lines = ending === null ? bytes.filter((octet) => octet === 0x0a).length : 0;
  return lines > MOST_LINES ? `it waits for more after ${lines} lines` : null;
}

/** The network cuts what a server says into pieces as it likes: that must not decide what is understood. */
function objectionToPieces(dialog: Dialog, bytes: Buffer, whole: Ending): string | null {
  if (bytes.length === 0 || bytes.length > MOST_IN_PIECES) return null;
  const told = JSON.stringify(whole);
  for (const size of [1, 2, 7]) {
    const inPieces = JSON.stringify(hold(dialog, cut(bytes, size)));
    if (inPieces !== told) return `${inPieces} in pieces of ${size}, and in one: ${told}`;
  }
  const viaProxy = JSON.stringify(hold([connectStep('x.test', 25, PROXY), ...dialog], [TUNNEL, bytes]));
  return viaProxy === told ? null : `${viaProxy} through a proxy, and without: ${told}`;
}

const LINES: ReadonlySet<string> = new Set(['smtp', 'imap', 'pop3', 'ftp']);
const SPEAKS_LINES = [`${FOLDER}/starttls/mail.ts`, `${FOLDER}/starttls/reply-lines.ts`];
const SPEAKS_OCTETS = [`${FOLDER}/starttls/binary.ts`];

export const CONVERSATION_TARGETS: readonly Target[] = [
  define({
    name: 'tap',
    files: [`${FOLDER}/tap.ts`],
    shape: 'octets',
    generate: firstFlight,
    read: overhear,
  }),
  define({
    name: 'proxy',
    files: [`${FOLDER}/proxy.ts`, `${FOLDER}/dialog.ts`],
    shape: 'lines',
    generate: proxyAnswer,
    read: (bytes) => hold([connectStep('x.test', 443, PROXY)], [bytes]),
    objection: (bytes, whole) => objectionToPieces([connectStep('x.test', 443, PROXY)], bytes, whole),
  }),
  ...PROTOCOLS.map((protocol) =>
    define({
      name: `starttls-${protocol}`,
      files: [...(LINES.has(protocol) ? SPEAKS_LINES : SPEAKS_OCTETS), `${FOLDER}/dialog.ts`],
      shape: 'lines',
      generate: replies(protocol),
      read: (bytes) => hold(DIALOGS[protocol], [bytes]),
      objection: (bytes, whole) =>
        objectionToPieces(DIALOGS[protocol], bytes, whole) ??
        (LINES.has(protocol) ? objectionToPatience(bytes, whole) : null),
    }),
  ),
];
