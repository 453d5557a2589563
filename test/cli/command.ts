import { type Captured, runCaptured } from './captured.ts';

/**
 * A command line as the process ends it: what the user can put right is a sentence on standard error and exit code 3.
 * Any other error is NotAfter's own, and fails the test.
 */
export async function runCommand(args: readonly string[], input = '', aheadMs = 0): Promise<Captured> {
  try {
    return await runCaptured(args, input, aheadMs);
  } catch (error) {
    const { name, message } = error as Error;
    if (!['UserError', 'ConfigError', 'StoreError'].includes(name)) throw error;
    return { code: 3, stdout: '', stderr: message };
  }
}
