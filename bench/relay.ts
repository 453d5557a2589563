/**
 * A TCP relay in a process of its own, to put distance between a prober and the server. Each connection goes on to the
 * same address that it was made to, at another port. It says `ready` when it listens, and `at once N` when it is ended.
 *
 *     node bench/relay.ts --listen 19444 --to 19443 --delay 25      # milliseconds, each way
 *     node bench/relay.ts --listen 19444 --to 19443 --gate 1000     # holds the first N until all of them are there
 *     node bench/relay.ts --listen 19444                            # to nowhere: accepts and says nothing
 */
import { connect, createServer, type Socket } from 'node:net';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    listen: { type: 'string', default: '0' },
    to: { type: 'string' },
    delay: { type: 'string', default: '0' },
    gate: { type: 'string', default: '0' },
  },
});
const delayMs = Number(values.delay);
const gate = Number(values.gate);
let open = 0;
let peak = 0;
let waiting: (() => void)[] = [];

const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
  open += 1;
  peak = Math.max(peak, open);
  client.on('error', () => client.destroy());
  client.on('close', () => {
    open -= 1;
  });
  if (values.to === undefined) {
    client.on('end', () => client.destroy());
    client.resume();
  } else if (gate === 0) join(client, Number(values.to));
  else {
    waiting.push(() => join(client, Number(values.to)));
    if (waiting.length < gate) return;
    for (const begin of waiting) begin();
    waiting = [];
  }
});

function join(client: Socket, port: number): void {
  const upstream = connect({
    port,
    host: client.localAddress ?? '127.0.0.1',
    allowHalfOpen: true,
    noDelay: true,
  });
  upstream.on('error', () => upstream.destroy());
  // The kernel here has answered the connect without delay: its round trip is added to what comes first.
  carry(client, upstream, 2 * delayMs);
  carry(upstream, client, 0);
  client.on('close', () => later(delayMs, () => upstream.destroy()));
  upstream.on('close', () => later(delayMs, () => client.destroy()));
}

/** Bytes and the end of them, in order, each after the delay. */
function carry(from: Socket, to: Socket, atFirstMs: number): void {
  const notBefore = performance.now() + atFirstMs;
  const due = () => delayMs + Math.max(0, notBefore - performance.now());
  from.on('data', (bytes) => later(due(), () => to.writable && to.write(bytes)));
  from.on('end', () => later(due(), () => to.writable && to.end()));
}

function later(ms: number, act: () => void): void {
  if (ms <= 0) act();
  else setTimeout(act, ms);
}

server.listen({ port: Number(values.listen), host: '0.0.0.0', backlog: 4096 }, () => console.log('ready'));
process.on('SIGTERM', () => {
  console.log(`at once ${peak}`);
  process.exit();
});
