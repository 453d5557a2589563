import { serveHttp } from './http-server.ts';

/** What is found at a path: bytes, an HTTP status, or a server that never answers. */
type Publication = Uint8Array | number | 'silence' | ((body: Buffer) => Uint8Array | number);

/** The web server of a CA, on loopback. */
export interface Publisher {
  /** `http://127.0.0.1:PORT/path`. */
  url(path: string): string;
  publish(path: string, what: Publication): void;
  /** `GET /path` or `POST /path`, oldest first. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

export async function startPublisher(): Promise<Publisher> {
  const publications = new Map<string, Publication>();
  const asked: string[] = [];
  const server = await serveHttp(({ method, url, body }, response) => {
    asked.push(`${method} ${url}`);
    const found = publications.get(url) ?? 404;
    const what = typeof found === 'function' ? found(body) : found;
    if (what === 'silence') return;
    response.statusCode = typeof what === 'number' ? what : 200;
    response.end(typeof what === 'number' ? undefined : what);
  });
  return {
    url: (path) => `http://127.0.0.1:${server.port}${path}`,
    publish: (path, what) => void publications.set(path, what),
    asked,
    close: () => server.close(),
  };
}
