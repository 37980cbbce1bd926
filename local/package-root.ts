// Where this package's own built files are, wherever its code was bundled to: the package resolves itself by name.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** The folder of the package's package.json. */
export function findPackageRoot(): string {
  return dirname(createRequire(import.meta.url).resolve('token-vending-machine/package.json'));
}
