// Where the tools that only look find a configuration: a file, a synthesised template, or the CDK app of this folder.
import { readDeployment, type Deployment } from '../../local/index.ts';
import { readJsonFile, text, type Command, type Values } from './command.ts';

export const sourceOptions = {
  config: { type: 'string' },
  template: { type: 'string' },
} as const satisfies Command['options'];

export const sourceUsage = `  --config FILE          a configuration; default: the CDK app of this folder
  --template FILE        a synthesised template or cdk.out`;

/** Reads what the options name. Rejects with `misconfigured`. */
export async function readSource(values: Values): Promise<Deployment> {
  const config = readJsonFile(values, 'config');
  const template = text(values, 'template');
  return readDeployment({
    ...(config === undefined ? {} : { config }),
    ...(template === undefined ? {} : { template }),
  });
}
