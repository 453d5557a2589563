/** The part of dynalite that is used here; the package brings no types. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface Options {
    /** Folder of the LevelDB database; in memory without one. */
    readonly path?: string;
    /** How long a new table stays in CREATING, in milliseconds. */
    readonly createTableMs: number;
  }

  /** A server that is not listening yet. Its `close` closes the database, too. */
  function dynalite(options: Options): Server;
  export = dynalite;
}
