// The vending functions of the templates: those whose asset holds vend.mjs. Other functions are nobody's business here.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Intrinsics } from './intrinsics.ts';
import type { TemplateStack } from './load-assembly.ts';
import { resourcesOf } from './read-roles.ts';
import { isRecord } from '../../core/iam/syntax.ts';
import { refuseAt } from './refuse.ts';

/** A vending function, ready to be run as it would be deployed. */
export interface TemplateFunction {
  readonly stack: string;
  readonly logicalId: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path of the folder with `vend.mjs` and `config.json`. */
  readonly assetDirectory: string;
  /** The execution role. */
  readonly roleArn: string;
  readonly handler: string;
}

/** @throws TvmError `misconfigured` where a vending function's environment or role cannot be resolved */
export function readFunctions(stacks: readonly TemplateStack[], intrinsics: Intrinsics): readonly TemplateFunction[] {
  return resourcesOf(stacks, intrinsics, ['AWS::Lambda::Function']).flatMap(({ stack, logicalId, resource }) => {
    const at = { stack: stack.name, logicalId };
    const { Code: code, Environment: environment, Role: role, Handler: handler } = resource.properties;
    const key = isRecord(code) ? code['S3Key'] : undefined;
    const assetDirectory = typeof key === 'string' ? stack.assetDirectories.get(key) : undefined;
    if (assetDirectory === undefined || !existsSync(join(assetDirectory, 'vend.mjs'))) return [];
    const roleArn = intrinsics.resolve(role, stack, logicalId);
    if (typeof roleArn !== 'string' || typeof handler !== 'string') throw refuseAt(at, 'the function is malformed');
    const variables = isRecord(environment)
      ? (intrinsics.resolve(environment['Variables'], stack, logicalId) ?? {})
      : {};
    if (!isRecord(variables)) throw refuseAt(at, 'Environment is malformed');
    const texts = Object.entries(variables).map(([name, value]) => {
      if (typeof value !== 'string') throw refuseAt(at, `the environment variable ${name} is not text`);
      return [name, value] as const;
    });
    return [{ stack: stack.name, logicalId, environment: Object.fromEntries(texts), assetDirectory, roleArn, handler }];
  });
}
