/** The TLS servers that everything is measured against: nginx where it is installed, and Node in a process of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { mint, pemBundle } from '../test/support/pki.ts';
import { installed, stop } from './processes.ts';

export interface BenchServer {
  readonly name: string;
  readonly port: number;
  readonly caFile: string;
  close(): Promise<void>;
}

/**
 * Listens on every address of 127.0.0.0/8, so that thousands of distinct endpoints can be probed. Both kinds speak up to
 * TLS 1.3; Node's OpenSSL has the hybrid group X25519MLKEM768, that of a distribution's nginx may not.
 */
export async function startServer(
  directory: string,
  port: number,
  kind: 'nginx' | 'node' = installed('nginx') ? 'nginx' : 'node',
): Promise<BenchServer> {
  const root = await mint({ subject: 'CN=Bench Root', ca: true, days: 3650 });
  const issuer = await mint({ subject: 'CN=Bench CA', ca: true, issuer: root, days: 1825 });
  const leaf = await mint({ subject: 'CN=bench.test', issuer, names: ['bench.test'], days: 90 });
  const files = {
    ca: join(directory, 'ca.pem'),
    chain: join(directory, 'chain.pem'),
    key: join(directory, 'key.pem'),
  };
  writeFileSync(files.ca, root.pem);
  writeFileSync(files.chain, pemBundle(leaf, issuer));
  writeFileSync(files.key, leaf.keyPem);
  const child = kind === 'nginx' ? nginx(directory, port, files) : node(port, files);
  await reachable(port);
  return {
    name: kind === 'nginx' ? nginxVersion() : `node:tls (OpenSSL ${process.versions.openssl})`,
    port,
    caFile: files.ca,
    close: () => stop(child),
  };
}

function nginxVersion(): string {
  return spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr.replace('nginx version: ', '').trim();
}

interface Files {
  readonly chain: string;
  readonly key: string;
}

function nginx(directory: string, port: number, files: Files): ChildProcess {
  const config = join(directory, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; pid ${directory}/nginx.pid; error_log ${directory}/error.log; worker_processes 1;
events { worker_connections 4096; }
http { access_log off; client_body_temp_path ${directory}; proxy_temp_path ${directory};
  fastcgi_temp_path ${directory}; uwsgi_temp_path ${directory}; scgi_temp_path ${directory};
  server { listen ${port} ssl backlog=4096; ssl_certificate ${files.chain}; ssl_certificate_key ${files.key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache off; location / { return 204; } } }`,
  );
  return spawn('nginx', ['-p', directory, '-c', config, '-e', `${directory}/error.log`], { stdio: 'ignore' });
}

function node(port: number, files: Files): ChildProcess {
  const script = `const fs = require('fs');
require('tls').createServer({ cert: fs.readFileSync(${JSON.stringify(files.chain)}), key: fs.readFileSync(${JSON.stringify(files.key)}) },
  (socket) => { socket.on('error', () => {}); socket.end(); }).on('tlsClientError', () => {}).listen(${port}, '0.0.0.0', 4096);`;
  return spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
}

/** Resolves once somebody accepts on the port; rejects after ten seconds. */
async function reachable(port: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await accepts(port))) {
    if (performance.now() > deadline) throw new Error(`nothing listens on 127.0.0.1:${port}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
