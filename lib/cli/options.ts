import { isIP } from 'node:net';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseStartTls } from '../config/starttls-text.ts';
import { parseDuration } from '../core/duration.ts';
import { isRejected } from '../core/rejected.ts';
import { durationText } from './render/duration-text.ts';

/** Adds `--json`, which every command has: stable, documented JSON on standard output. */
export function addJsonOption(command: Command): Command {
  return command.option('--json', 'JSON Lines on standard output (docs/cli.md describes them)');
}

/** Option parser for a duration such as `10s`, `90m` or `30d`, in milliseconds, within bounds. */
export function durationOption(bounds: {
  readonly minMs: number;
  readonly maxMs: number;
  /** One that makes sense there, for messages. */
  readonly example: string;
}) {
  const [least, most] = [durationText(bounds.minMs), durationText(bounds.maxMs)];
  return (text: string): number => {
    const parsed = parseDuration(text);
    if (typeof parsed !== 'number') {
      // The parser's own examples are days, as for certificates: absurd for a time-out.
      const fault = parsed.error.replace(/; wanted [^;]*$/, '');
      throw new InvalidArgumentError(
        `${fault}; wanted one such as ${bounds.example}, from ${least} to ${most}.`,
      );
    }
    if (parsed < bounds.minMs || parsed > bounds.maxMs) {
      throw new InvalidArgumentError(`It has to be between ${least} and ${most}.`);
    }
    return parsed;
  };
}

/** Option parser for an instant in UTC: `2026-12-31`, `2026-12-31T20:00`, with seconds and a `Z` if you like. */
export function instantOption(text: string): Date {
  const match = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(:\d{2})?Z?)?$/.exec(text.trim());
  const instant = new Date(`${match?.[1]}T${match?.[2] ?? '00:00'}${match?.[3] ?? ':00'}Z`);
  // 30 February becomes 2 March.
  if (Number.isNaN(instant.getTime()) || instant.toISOString().slice(0, 10) !== match?.[1]) {
    throw new InvalidArgumentError('It has to be a date in UTC, such as 2026-12-31 or 2026-12-31T20:00.');
  }
  return instant;
}

/** The option `--timeout`: one second to ten minutes, ten seconds unless told. */
export function timeoutOption(purpose: string): Option {
  return new Option('--timeout <duration>', purpose)
    .argParser(durationOption({ minMs: 1_000, maxMs: 600_000, example: '10s' }))
    .default(10_000, '10s');
}

/** The option `--starttls`, for the endpoints that do not say themselves how TLS is begun. */
export function startTlsOption(): Option {
  return new Option(
    '--starttls <protocol>',
    'protocol to ask for TLS, for targets that do not say it: smtp, imap, postgres, … or tls',
  ).argParser((text) => {
    const parsed = parseStartTls(text);
    if (isRejected(parsed)) throw new InvalidArgumentError(`${parsed.error}.`);
    return parsed;
  });
}

/** Option parser for a whole number within bounds, both inclusive. */
export function integerOption(min: number, max: number) {
  return (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new InvalidArgumentError(`It has to be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/**
 * Option parser for one that may be repeated. Each takes one value: an option that takes many would also take the
 * targets behind it.
 */
export function repeated(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

/** A server as it is named on the command line. */
export interface AddressAndPort {
  /** An IP literal without brackets. */
  readonly address: string;
  readonly port: number;
}

/** Option parser for `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53` or `[2001:db8::53]:5353`. */
export function addressOption(defaultPort: number) {
  return (text: string): AddressAndPort => {
    const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text);
    const address = isIP(text) === 0 ? (match?.[1] ?? match?.[2] ?? '') : text;
    const port = isIP(text) === 0 && match?.[3] !== undefined ? Number(match[3]) : defaultPort;
    if (isIP(address) === 0 || port < 1 || port > 65_535) {
      throw new InvalidArgumentError(
        `It has to be an IP address with an optional port, such as 192.0.2.53:${defaultPort} or [2001:db8::53]:${defaultPort}.`,
      );
    }
    return { address, port };
  };
}
