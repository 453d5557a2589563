import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Table } from '../store/table.ts';
import { UserError } from './user-error.ts';

/** Where the inventory is, as the command line says it. */
export interface InventoryOptions {
  readonly data?: string;
  readonly table?: string;
}

/** An open inventory. */
export interface Inventory {
  readonly table: Table;
  /** What a person calls it: the directory, or the table. */
  readonly name: string;
  /** No other process can use it while it is open here. */
  readonly exclusive: boolean;
  close(): Promise<void>;
}

/** Adds `--data` and `--table`, which every command has that uses the inventory. */
export function addInventoryOptions(command: Command): Command {
  return command
    .option('--data <dir>', `directory of the inventory (default: ${defaultDataDirectory()})`)
    .option('--table <name>', 'a DynamoDB table instead, reached with the usual AWS environment');
}

/** Another command usually is done within this time; a run that takes longer is named in the error. */
const LOCK_WAIT_MS = 5_000;

/**
 * Opens the inventory. The SDK and the embedded server are loaded only here.
 *
 * @param mode `read` refuses a directory that holds no inventory yet: there is nothing to say about it.
 * @throws UserError, StoreError
 */
export async function openInventory(options: InventoryOptions, mode: 'read' | 'write'): Promise<Inventory> {
  const { data, table: name } = options;
  if (data !== undefined && name !== undefined) {
    throw new UserError('--data and --table exclude each other: the inventory is in one place or the other.');
  }
  if (name !== undefined) {
    const { openRemoteTable } = await import('../store/table.ts');
    const table = await openRemoteTable(name);
    return { table, name: `table ${name}`, exclusive: false, close: async () => table.client.destroy() };
  }
  const directory = data ?? defaultDataDirectory();
  if (mode === 'read') await demandInventory(directory);
  const { openEmbedded } = await import('../store/embedded.ts');
  const store = await openEmbedded(directory, LOCK_WAIT_MS);
  return { table: store.table, name: directory, exclusive: true, close: () => store.close() };
}

async function demandInventory(directory: string): Promise<void> {
  try {
    await stat(join(directory, 'inventory'));
  } catch (error) {
    throw new UserError(explainAbsence(directory, error as NodeJS.ErrnoException), { cause: error });
  }
}

function explainAbsence(directory: string, { code, message }: NodeJS.ErrnoException): string {
  const otherwise = 'or name another with --data or --table.';
  switch (code) {
    case 'ENOENT':
      return `there is no inventory in ${directory} yet: "notafter run" makes one, ${otherwise}`;
    case 'ENOTDIR':
      return `${directory} is a file, or lies below one, and a directory was wanted: name the directory of the inventory, ${otherwise}`;
    case 'EACCES':
    case 'EPERM':
      return `the data directory ${directory} may not be read: run as the user that it belongs to, ${otherwise}`;
    default:
      return `the data directory ${directory} cannot be read (${code ?? message}): mend that, ${otherwise}`;
  }
}

/** The platform's place for a program's own data. */
function defaultDataDirectory(): string {
  const { XDG_DATA_HOME, LOCALAPPDATA } = process.env;
  if (process.platform === 'darwin') return join(home(), 'Library', 'Application Support', 'notafter');
  if (process.platform === 'win32') return join(LOCALAPPDATA ?? home(), 'notafter');
  // The XDG Base Directory Specification ignores a relative path.
  const base = XDG_DATA_HOME?.startsWith('/') ? XDG_DATA_HOME : join(home(), '.local', 'share');
  return join(base, 'notafter');
}

/** A container may run us as a user whom nobody has heard of, who has no home. */
function home(): string {
  try {
    return homedir();
  } catch {
    return process.cwd();
  }
}
