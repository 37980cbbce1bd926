// Where this package's own files are, wherever its code was bundled to: the package resolves itself by name.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The folder of the package's package.json. */
export function packageRoot(): string {
  return dirname(createRequire(import.meta.url).resolve('token-vending-machine/package.json'));
}

/** The version of this package. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { readonly version: string })
    .version;
}
