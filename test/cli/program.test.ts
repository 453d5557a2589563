import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../lib/cli/command-list.ts';
import { runCaptured } from './captured.ts';

describe('help', () => {
  it('goes to standard output and lists every command', async () => {
    const { code, stdout, stderr } = await runCaptured(['--help']);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    // Long summaries are wrapped.
    const listed = stdout.replaceAll(/\n {10,}/g, ' ');
    expect(listed).toContain('only run --exit-on');
    for (const { name, summary } of COMMANDS)
      expect(listed).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'));
  });

  it.each(COMMANDS.map(({ name }) => name))('of %s ends with exit codes and examples', async (name) => {
    const { code, stdout } = await runCaptured([name, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nExit codes:\n(?: {2}.+\n)+\nExamples:\n(?: {2}.+\n)+$/);
    if (!stdout.includes('Commands:')) expect(stdout).toContain('--json');
    expect((await runCaptured(['help', name])).stdout).toBe(stdout);
  });
});

describe('a wrong command line', () => {
  it.each([
    [['prbe'], "unknown command 'prbe'", 'Did you mean probe?'],
    [['help', 'prbe'], "unknown command 'prbe'", 'Did you mean probe?'],
    [['probe', '--jsno', 'a'], "unknown option '--jsno'", 'Did you mean --json?'],
    [['inspect'], "missing required argument 'file'", ''],
    [['inspect', '--as', 'x', 'f'], "argument 'x' is invalid", 'truststore'],
    [['probe', '--timeout', '10', 'a'], "argument '10' is invalid", 'has no unit'],
    [['probe', '--concurrency', '0', 'a'], "argument '0' is invalid", 'from 1 to 10000'],
    [['probe', '--dns', 'dns', 'a'], "argument 'dns' is invalid", '192.0.2.53:53'],
  ])('%j fails with a suggestion, on standard error, with 3', async (args, problem, suggestion) => {
    const { code, stdout, stderr } = await runCaptured(args);
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toContain(problem);
    expect(stderr).toContain(suggestion);
  });

  it('without a command shows the help on standard error, with 3', async () => {
    const { code, stdout, stderr } = await runCaptured([]);
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toContain('Usage: notafter');
  });

  it('is not quoted raw', async () => {
    const { stderr } = await runCaptured(['\u001b]0;owned\u0007']);
    expect(stderr).toContain('\\u{1b}]0;owned\\u{7}');
    expect(stderr).not.toContain('\u001b');
  });
});
