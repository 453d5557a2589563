/**
 * Something the person at the keyboard can put right: the message is the whole story, in the form "what was got, what
 * was wanted, what to do". Ends the command with exit code 3 and no stack trace.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
}
