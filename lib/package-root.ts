// Where this package's own prebuilt files are, wherever its code was bundled to.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SynthError } from './errors.ts';

/** The prebuilt handler of this package. Walks up, because a bundler may have put this code into any folder of `dist`.
 * @throws SynthError `TvmHandlerMissing` outside the package */
export function findHandlerBundle(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && nameIn(manifest) === 'token-vending-machine')
      return join(folder, 'dist/lambda/vend.mjs');
    if (folder === dirname(folder)) break;
  }
  throw new SynthError('TvmHandlerMissing', {
    what: 'The package token-vending-machine cannot be found from its own code',
    got: 'no package.json of that name above it',
    allowed: 'the installed package, or handlerBundle',
    fix: 'do not copy the package out of node_modules; or pass handlerBundle',
  });
}

function nameIn(manifest: string): unknown {
  const parsed: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'name' in parsed ? parsed.name : undefined;
}
