// The function's code asset: the prebuilt bundle and its config.json, staged into the cloud assembly.
// No Docker, no network, no bundler: what is deployed is byte for byte what the package ships.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Json } from './configuration/deliver.ts';
import { SynthError } from './errors.ts';

/** The name of the bundle inside the asset; local mode finds the vending function by it. */
const bundleName = 'vend.mjs';

/**
 * The asset, addressed by what is in it.
 * @throws SynthError `TvmHandlerMissing`
 */
export function createHandlerCode(bundle: string, configuration: Json, scope: Construct): Code {
  if (!existsSync(bundle)) {
    throw new SynthError(
      'TvmHandlerMissing',
      {
        what: 'The prebuilt handler is missing',
        got: 'no file dist/lambda/vend.mjs',
        allowed: 'the built package',
        fix: 'run npm run build, or install the published package again',
      },
      scope,
    );
  }
  const code = readFileSync(bundle);
  const config = `${JSON.stringify(configuration)}\n`;
  // The hash is ours, and of the content: the path of a checkout or a clock in it would redeploy on every machine.
  const assetHash = createHash('sha256').update(code).update('\0').update(config).digest('hex');
  return Code.fromAsset(dirname(bundle), {
    assetHash,
    assetHashType: AssetHashType.CUSTOM,
    bundling: {
      // Required by the type and never used: the local bundling below always answers.
      image: DockerImage.fromRegistry('unused'),
      local: {
        tryBundle: (outputDirectory) => {
          writeFileSync(join(outputDirectory, bundleName), code);
          writeFileSync(join(outputDirectory, 'config.json'), config);
          return true;
        },
      },
    },
  });
}
