// Where this package's own prebuilt files are, wherever its code was bundled to: the package resolves itself by name.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SynthError } from './errors.ts';

/** The prebuilt handler of this package.
 * @throws SynthError `TvmHandlerMissing` outside the package */
export function findHandlerBundle(): string {
  try {
    return join(
      dirname(createRequire(import.meta.url).resolve('token-vending-machine/package.json')),
      'dist/lambda/vend.mjs',
    );
  } catch {
    throw new SynthError('TvmHandlerMissing', {
      what: 'The package token-vending-machine cannot be found from its own code',
      got: 'no package of that name',
      allowed: 'the installed package, or handlerBundle',
      fix: 'do not copy the code out of the package; or pass handlerBundle',
    });
  }
}
