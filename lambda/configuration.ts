// The function's configuration: read once, filled from the environment, parsed, or the start fails loudly with every issue.
// References stand in the document only; a value of the environment can never bring a placeholder or wildcard with it.
import { readFileSync } from 'node:fs';
import { parseVendingConfig, type VendingConfig } from '../core/config.ts';
import { TvmError } from '../core/errors.ts';
import { fillReferences, type Environment } from '../core/references.ts';
import { isLoopbackUrl } from '../core/url.ts';
import { overriddenStsEndpoint } from './sts/endpoint.ts';

/** Loads `TVM_CONFIG`, else `config.json` at the given URL. Throws `misconfigured`. */
export function loadConfig(environment: Environment, configUrl: URL): VendingConfig {
  const inline = environment['TVM_CONFIG'];
  const text = inline === undefined || inline === '' ? readConfigFile(configUrl) : inline;
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new TvmError('misconfigured', { detail: 'the configuration is not JSON', cause });
  }
  const config = parseVendingConfig(fillReferences(document, environment));
  checkEndpoint(config, overriddenStsEndpoint(environment));
  return config;
}

function readConfigFile(url: URL): string {
  try {
    return readFileSync(url, 'utf8');
  } catch (cause) {
    throw new TvmError('misconfigured', {
      detail: 'there is neither TVM_CONFIG nor a config.json beside the function',
      cause,
    });
  }
}

/** A development issuer must never vend real credentials, and credentials must never go to STS in clear text. */
function checkEndpoint(config: VendingConfig, endpoint: string | undefined): void {
  const isLocal = endpoint !== undefined && isLoopbackUrl(endpoint);
  if (endpoint !== undefined && !isLocal && !endpoint.startsWith('https://')) {
    throw new TvmError('misconfigured', {
      detail: 'AWS_ENDPOINT_URL_STS (or AWS_ENDPOINT_URL) must be https, or loopback',
    });
  }
  const local = config.issuers.find(
    ({ issuer, jwksUri }) => isLoopbackUrl(issuer) || (jwksUri !== undefined && isLoopbackUrl(jwksUri)),
  );
  if (local !== undefined && !isLocal) {
    throw new TvmError('misconfigured', {
      detail: `issuer ${local.name} is a loopback issuer, and STS is not loopback`,
    });
  }
}
