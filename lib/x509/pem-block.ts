/** A BEGIN…END block of a PEM text (RFC 7468). */
export interface PemBlock {
  /** What stands after BEGIN: `CERTIFICATE`, `RSA PRIVATE KEY`, … */
  readonly label: string;
  readonly firstLine: number;
  readonly lastLine: number;
  /** The decoded body of a certificate block; null where it cannot be decoded, and for every other kind of block. */
  readonly der: Buffer | null;
  /** What is wrong with the block. Together with `der`: it can be read here, but OpenSSL would not. */
  readonly problem: string | null;
}

/** Labels under which OpenSSL looks for a certificate. */
export function isCertificateLabel(label: string): boolean {
  return label === 'CERTIFICATE' || label === 'X509 CERTIFICATE' || label === 'TRUSTED CERTIFICATE';
}

export function isPrivateKeyLabel(label: string): boolean {
  return label.endsWith('PRIVATE KEY');
}

const BASE64_LINE = /^[A-Za-z0-9+/=\s]*$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** A block whose END has not come yet. Only the body of a certificate block is kept. */
export class OpenBlock {
  readonly label: string;
  readonly firstLine: number;
  readonly #body: string[] = [];
  #problem: string | null;
  #badLine: number | null = null;

  constructor(label: string, firstLine: number, problem: string | null) {
    this.label = label;
    this.firstLine = firstLine;
    this.#problem = problem;
  }

  /** Takes a line, or a part of one, that belongs to the body. */
  addText(text: string, line: number): void {
    if (!isCertificateLabel(this.label)) return;
    const trimmed = text.trim();
    if (this.#body.length === 0 && trimmed.includes(':')) {
      // RFC 1421 headers, with a blank line after them: OpenSSL takes none for a certificate.
      this.#problem ??= `line ${line} is a header line`;
    } else if (trimmed.startsWith('-----') || trimmed.startsWith('#')) {
      // A damaged boundary or a comment: what stands around it may well be whole.
      this.#problem ??= `line ${line} does not belong here`;
    } else if (trimmed !== '') {
      if (!BASE64_LINE.test(trimmed)) this.#badLine ??= line;
      this.#body.push(trimmed.replace(/\s+/g, ''));
    } else if (this.#body.length > 0) {
      this.#problem ??= `line ${line} is blank`;
    }
  }

  /** Decodes what was collected. `problem` is what the end of the block had wrong with it. */
  finish(lastLine: number, problem: string | null): PemBlock {
    const { label, firstLine } = this;
    const found = problem ?? this.#problem;
    if (!isCertificateLabel(label)) return { label, firstLine, lastLine, der: null, problem: found };
    const body = this.#body.join('');
    if (this.#badLine !== null || !BASE64.test(body)) {
      const what = this.#badLine === null ? badBody(body) : `line ${this.#badLine} is not base64`;
      return {
        label,
        firstLine,
        lastLine,
        der: null,
        problem: problem === null ? what : `${problem}; ${what}`,
      };
    }
    const padding = body.length % 4 === 0 ? null : 'the base64 padding is wrong';
    return { label, firstLine, lastLine, der: Buffer.from(body, 'base64'), problem: found ?? padding };
  }
}

function badBody(body: string): string {
  return body === '' ? 'the block is empty' : 'the base64 is damaged';
}
