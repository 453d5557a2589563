/** What a service of the stand-in is asked, after the frame has told whom it is for. */
export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Who asks: the access key, and the account that it belongs to. */
  readonly accessKey: string;
  readonly account: string;
  /** From the scope of the signature. */
  readonly region: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** What a call was for, as IAM names it. */
export interface Recorded {
  readonly accessKey: string;
  readonly action: string;
  readonly resource: string;
}

/** An answer, and what was asked. */
export interface Served {
  readonly action: string;
  /** ARN-like. */
  readonly resource: string;
  readonly reply: Reply;
}

/** An error of a service: code and message as the SDK shows them. */
export class Fault extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export function json(value: unknown): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify(value),
  };
}

export function xml(body: string, headers: Record<string, string> = {}): Reply {
  return { status: 200, headers: { 'content-type': 'text/xml', ...headers }, body };
}

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
