import { escapeForTerminal } from '../core/printable.ts';
import { describeFailure } from '../core/reason.ts';
import { readBoundedFile } from '../sources/read-bounded.ts';
import { loadTrust } from '../x509/trust.ts';

/**
 * Why a file of further trust anchors cannot be used, as a sentence; undefined where it can. Without its CA every target
 * that relies on it would be reported as untrusted, and nobody would look for the reason in the settings.
 */
export async function caFileFault(path: string): Promise<string | undefined> {
  const reading = await readBoundedFile(path);
  const fault = 'failure' in reading ? describeFailure(reading.failure) : contentFault(reading.bytes);
  if (fault === undefined) return undefined;
  return `${escapeForTerminal(path)} cannot be used: ${fault}; wanted a PEM file with CA certificates`;
}

function contentFault(bytes: Buffer): string | undefined {
  try {
    loadTrust(bytes.toString('utf8'));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
