// The part of dynalite that local AWS uses: it has no types of its own.
declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** A server that never has to listen: requests are emitted at it. */
  function dynalite(options?: {
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }): Server;

  export = dynalite;
}
