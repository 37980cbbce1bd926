// Checks of this machine: what in its environment would win over us or weaken us, the token file, and the cache's folder.
import { lstatSync, readFileSync } from 'node:fs';
import { cacheFolder } from '../cache/folder.ts';
import { configFile, keyVariables, readDefaultProfile, shadowVariables } from '../shadows.ts';
import { ok, warn, type Check } from './check.ts';

/** What in the environment decides before, or against, the machine. */
export function checkEnvironment(environment: NodeJS.ProcessEnv, url: string): readonly Check[] {
  const isSet = (name: string): boolean => (environment[name] ?? '') !== '';
  const ours = (environment['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '').startsWith(url);
  const own = [
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    'AWS_CONTAINER_AUTHORIZATION_TOKEN',
    'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  ];
  const shadows = [...keyVariables, ...shadowVariables].filter((name) => isSet(name) && !(ours && own.includes(name)));
  const checks: Check[] = [];
  if (shadows.length > 0)
    checks.push(
      warn(
        'environment',
        `${shadows.join(', ')} set: SDKs take those credentials first`,
        `unset ${shadows.join(' ')}, or tvm exec`,
      ),
    );
  if (isSet('AWS_ENDPOINT_URL_STS'))
    checks.push(
      warn(
        'environment',
        'AWS_ENDPOINT_URL_STS sends every STS call of every process there',
        'set it in one profile instead',
      ),
    );
  if (environment['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
    checks.push(
      warn(
        'environment',
        'NODE_TLS_REJECT_UNAUTHORIZED=0: anybody on the way can read tokens',
        'unset NODE_TLS_REJECT_UNAUTHORIZED',
      ),
    );
  if (readDefaultProfile(configFile(environment)).hasCredentials)
    checks.push(
      warn(
        'environment',
        'the default profile has credentials: SDKs take them before a container endpoint',
        'tvm configure PROFILE, or tvm exec',
      ),
    );
  return checks.length > 0 ? checks : [ok('environment', 'nothing wins over the machine')];
}

/** A line end at the end of a token file is fatal inside most SDKs, which send the file as a header. */
export function checkTokenFile(environment: NodeJS.ProcessEnv): readonly Check[] {
  const file = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
  if (file === undefined || file === '') return [];
  try {
    return /[\r\n]/.test(readFileSync(file, 'utf8'))
      ? [
          warn(
            'token file',
            `${file} ends in a new line, which most SDKs refuse`,
            `printf %s "$(cat ${file})" > ${file}`,
          ),
        ]
      : [ok('token file', 'has no new line in it')];
  } catch {
    return [warn('token file', `${file} cannot be read`, 'check AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE')];
  }
}

/** The folder of `tvm credential-process`. Looks only; nothing is made or mended. */
export function checkCacheFolder(environment: NodeJS.ProcessEnv): Check {
  const folder = cacheFolder(environment);
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return ok('cache', `${folder} will be made when it is needed`);
  const isPrivate = process.getuid === undefined || (stats.uid === process.getuid() && (stats.mode & 0o077) === 0);
  return stats.isDirectory() && isPrivate
    ? ok('cache', `${folder} is yours alone`)
    : warn('cache', `${folder} is not yours alone`, `chmod 700 ${folder}, or TVM_CACHE_DIR with another folder`);
}
