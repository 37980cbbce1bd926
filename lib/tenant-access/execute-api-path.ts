// Calling the tenant's paths of an API that API Gateway authorises with IAM. Methods are named one by one: a `*` in their
// place would also cross slashes, and so swallow another tenant's path. The backend has to take paths as they are.
import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { SynthError } from '../errors.ts';
import { actionsOf, oneOrMany, type AccessLevel, type LevelActions } from './access-level.ts';
import { arnIn, refuseOddPrefix, type PrefixRule } from './by-name.ts';
import { tenantPlaceholder, type TenantStatement } from './statement.ts';

/** A REST API or an HTTP API: `IRestApi`, `IHttpApi`. */
export type TenantApi = IConstruct & ({ readonly restApiId: string } | { readonly apiId: string });

/** Options of `TenantAccess.executeApiPath`. */
export interface ExecuteApiPathOptions {
  /** The stage that is called, by its exact name; `$default` for the stage of that name of an HTTP API. */
  readonly stage: string;
  /** What stands before the tenant id in the path, without the first slash; ends with `/`. */
  readonly prefix: string;
  /**
   * GET, the methods that change something (POST, PUT, PATCH, DELETE), or both.
   * @default 'readWrite'
   */
  readonly access?: AccessLevel;
}

const methods: LevelActions = { read: ['GET'], write: ['POST', 'PUT', 'PATCH', 'DELETE'] };

const paths: PrefixRule = { characters: /^(?!\/)[A-Za-z0-9_.~/-]*$/, endings: '/', example: 'tenants/' };

/**
 * The statement templates: everything below `<prefix><tenant>/`.
 * @throws SynthError `TvmTenantAccessInvalid`
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
 */
export function describeApiPathAccess(api: TenantApi, options: ExecuteApiPathOptions): readonly TenantStatement[] {
  const { stage, prefix, access = 'readWrite' } = options;
  refuseOddStage(stage, api);
  refuseOddPrefix(prefix, paths, api);
  const id = 'restApiId' in api ? api.restApiId : api.apiId;
  const called = [actionsOf(methods, access)].flat();
  const arns = called.map((method) =>
    arnIn(api, 'execute-api', `${id}/${stage}/${method}/${prefix}${tenantPlaceholder}/*`),
  );
  return [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: oneOrMany(arns) }];
}

function refuseOddStage(stage: string, api: TenantApi): void {
  if (Token.isUnresolved(stage) || /^(?:\$default|[A-Za-z0-9_-]{1,128})$/.test(stage)) return;
  throw new SynthError(
    'TvmTenantAccessInvalid',
    {
      what: 'The stage cannot be used',
      got: JSON.stringify(stage),
      allowed: 'the exact name of one stage',
      fix: 'write it like "prod": a wildcard before the tenant would reach the paths of others',
    },
    api,
  );
}
