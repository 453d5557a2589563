import { type Call, escapeXml, Fault, type Served } from './protocol.ts';

/** A bucket: objects by key, each with its versions, the latest last. */
export interface Bucket {
  readonly objects: Map<string, { readonly version: string; readonly body: Buffer }[]>;
  /** Without it S3 gives no version ids. @default true */
  readonly versioned?: boolean;
  /** Keys of who may read it; everybody where it is left out. */
  readonly readers?: ReadonlySet<string>;
  /** Whether a missing object may be told from a denied one. @default true */
  readonly listable?: boolean;
}

export function serveS3({ method, url, accessKey }: Call, buckets: ReadonlyMap<string, Bucket>): Served {
  const [, name = '', ...rest] = decodeURIComponent(url.pathname).split('/');
  const key = rest.join('/');
  const wanted = url.searchParams.get('versionId');
  const action = wanted === null ? 's3:GetObject' : 's3:GetObjectVersion';
  const resource = `arn:aws:s3:::${name}/${key}`;
  const bucket = buckets.get(name);
  if (bucket === undefined) throw new Fault('NoSuchBucket', 'The specified bucket does not exist', 404);
  if (bucket.readers !== undefined && !bucket.readers.has(accessKey))
    throw new Fault('AccessDenied', 'Access Denied', 403);
  const versions = bucket.objects.get(key);
  if (versions === undefined) {
    if (bucket.listable === false) throw new Fault('AccessDenied', 'Access Denied', 403);
    throw new Fault('NoSuchKey', 'The specified key does not exist.', 404);
  }
  const found = wanted === null ? versions.at(-1) : versions.find(({ version }) => version === wanted);
  if (found === undefined) throw new Fault('NoSuchVersion', 'The specified version does not exist.', 404);
  const headers = {
    etag: '"0"',
    'content-length': String(found.body.length),
    'content-type': 'application/x-pem-file',
    ...(bucket.versioned === false ? {} : { 'x-amz-version-id': found.version }),
  };
  return { action, resource, reply: { status: 200, headers, body: method === 'HEAD' ? '' : found.body } };
}

export function s3Fault({ code, message, status }: Fault): { status: number; body: string } {
  return {
    status,
    body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`,
  };
}
