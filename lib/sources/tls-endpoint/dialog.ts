import type { Socket } from 'node:net';
import type { Failure } from '../../core/reason.ts';

/** One exchange in the clear: something is said, perhaps, and a reply is waited for. */
export interface Step {
  readonly send?: Uint8Array;
  /** Looks at everything that came since the step before; that may be nothing yet. */
  readonly expect: (received: Buffer) => Reply;
}

/** The reply is not whole yet; or it took so many bytes and was right; or it ends the conversation. */
export type Reply = 'more' | { readonly taken: number } | { readonly failure: Failure };

/** What is said before TLS begins, in order. */
export type Dialog = readonly Step[];

/** No greeting is longer; what talks on and on does not speak the protocol. */
const MAX_REPLY = 65_536;

/**
 * Holds a dialog on a connected socket, and hands the socket back paused, with what came too much put back. Calls
 * `done` once, with null where TLS may begin; never after the socket was closed.
 */
export function holdDialog(socket: Socket, dialog: Dialog, done: (failure: Failure | null) => void): void {
  if (dialog.length === 0) {
    done(null);
    return;
  }
  let received: Buffer = Buffer.alloc(0);
  let next = 0;

  const finish = (failure: Failure | null) => {
    socket.off('data', onData);
    socket.pause();
    if (failure === null && received.length > 0) socket.unshift(received);
    done(failure);
  };

  const say = () => {
    const bytes = dialog[next]?.send;
    if (bytes !== undefined) socket.write(bytes);
  };

  const onData = (bytes: Buffer) => {
    received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
    for (let step = dialog[next]; step !== undefined; step = dialog[next]) {
      const reply = step.expect(received);
      if (reply === 'more') {
        if (received.length > MAX_REPLY) {
          finish({ reason: 'starttls_failed', detail: `more than ${MAX_REPLY} bytes without a reply` });
        }
        return;
      }
      if ('failure' in reply) {
        finish(reply.failure);
        return;
      }
      received = received.subarray(reply.taken);
      next += 1;
      say();
    }
    finish(null);
  };

  socket.on('data', onData);
  // A dialog before this one has left it paused.
  socket.resume();
  say();
}
