// Reads what an app's synthesis wrote: templates and the folders of their assets. Files in, plain data out; nothing is run.
// @see https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-assemblies
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isRecord } from '../../core/iam/syntax.ts';
import { refuseApp } from './refuse.ts';

/** One resource of a template. */
export interface TemplateResource {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly condition?: string;
}

/** One stack: its template's parts and the folders of its assets by object key. */
export interface TemplateStack {
  readonly name: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly conditions: Readonly<Record<string, unknown>>;
  readonly resources: ReadonlyMap<string, TemplateResource>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly assetDirectories: ReadonlyMap<string, string>;
}

/**
 * The stacks of a cloud assembly directory, or of one template file.
 * @throws TvmError `misconfigured` for a path that is neither, and for files that are not what they should be
 */
export function loadStacks(path: string): readonly TemplateStack[] {
  if (!existsSync(path)) throw refuseApp(`${basename(path)}: there is no such file or folder`);
  const stacks = statSync(path).isDirectory() ? loadAssembly(path) : [loadTemplateFile(path)];
  if (stacks.length === 0) throw refuseApp('the app has no stack');
  return stacks;
}

function loadAssembly(directory: string): readonly TemplateStack[] {
  const manifest = readJson(join(directory, 'manifest.json'));
  const artifacts = Object.entries(recordOf(manifest['artifacts']));
  const assets = new Map(
    artifacts
      .filter(([, artifact]) => recordOf(artifact)['type'] === 'cdk:asset-manifest')
      .flatMap(([, artifact]) => [...readAssets(join(directory, textOf(propertiesOf(artifact)['file'])))]),
  );
  return artifacts.flatMap(([id, artifact]) => {
    const properties = propertiesOf(artifact);
    switch (recordOf(artifact)['type']) {
      case 'aws:cloudformation:stack': {
        const name = typeof properties['stackName'] === 'string' ? properties['stackName'] : id;
        return [toStack(name, readJson(join(directory, textOf(properties['templateFile']))), assets)];
      }
      case 'cdk:cloud-assembly':
        return loadAssembly(join(directory, textOf(properties['directoryName'])));
      default:
        return [];
    }
  });
}

/** A template alone; its assets are looked for beside it, as synthesis leaves them. */
function loadTemplateFile(file: string): TemplateStack {
  const name = basename(file).replace(/(?:\.template)?\.(?:json|yaml|yml)$/, '');
  const manifest = join(dirname(file), `${name}.assets.json`);
  return toStack(name, readJson(file), existsSync(manifest) ? readAssets(manifest) : new Map());
}

function toStack(
  name: string,
  template: Readonly<Record<string, unknown>>,
  assetDirectories: ReadonlyMap<string, string>,
): TemplateStack {
  const resources = Object.entries(recordOf(template['Resources'])).map(([logicalId, resource]) => {
    const { Type: type, Properties: properties, Condition: condition } = recordOf(resource);
    if (typeof type !== 'string') throw refuseApp(`${name}: ${logicalId}: the resource has no type`);
    const parsed: TemplateResource = {
      type,
      properties: recordOf(properties),
      ...(typeof condition === 'string' ? { condition } : {}),
    };
    return [logicalId, parsed] as const;
  });
  return {
    name,
    parameters: recordOf(template['Parameters']),
    conditions: recordOf(template['Conditions']),
    resources: new Map(resources),
    outputs: recordOf(template['Outputs']),
    assetDirectories,
  };
}

/** Object key → folder, for assets that are folders. */
function readAssets(file: string): ReadonlyMap<string, string> {
  const { files } = readJson(file);
  const entries = Object.values(recordOf(files)).flatMap((asset) => {
    const { source, destinations } = recordOf(asset);
    const { path, packaging } = recordOf(source);
    if (typeof path !== 'string' || packaging !== 'zip') return [];
    return Object.values(recordOf(destinations)).flatMap((destination) => {
      const key = recordOf(destination)['objectKey'];
      return typeof key === 'string' ? [[key, resolve(dirname(file), path)] as const] : [];
    });
  });
  return new Map(entries);
}

function readJson(file: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw refuseApp(`${basename(file)} cannot be read as JSON`, cause);
  }
  if (!isRecord(parsed)) throw refuseApp(`${basename(file)} holds no JSON object`);
  return parsed;
}

function propertiesOf(artifact: unknown): Readonly<Record<string, unknown>> {
  return recordOf(recordOf(artifact)['properties']);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw refuseApp('manifest.json names no file where it should');
  return value;
}
